import type { FaultDeed } from './fault-rules.ts';

export interface RecordedCall {
  seq: number;
  at: string;
  method: string;
  /** Path and query as sent. */
  url: string;
  /** Name of the API client, if the token was good. */
  client: string | null;
  /** At most `bodyMax` characters; the body of a token request is never kept, and no header ever is. */
  body: string | null;
  /** Null when no answer was sent. */
  status: number | null;
  faults: FaultDeed['kind'][];
}

export interface CallLog {
  record(call: Omit<RecordedCall, 'seq'>): void;
  /** Oldest first: the last `callsMax`. */
  list(): RecordedCall[];
  /** Calls since the start or the last reset, also those no longer listed. */
  total(): number;
  clear(): void;
}

/** A ring: a benchmark sends millions of calls. */
const callsMax = 5000;
const bodyMax = 4000;

export function createCallLog(): CallLog {
  let ring: RecordedCall[] = [];
  let total = 0;
  return {
    record(call) {
      total += 1;
      const body = call.body === null || call.body === '' ? null : call.body.slice(0, bodyMax);
      ring[(total - 1) % callsMax] = { seq: total, ...call, body };
    },
    list: () => ring.toSorted((a, b) => a.seq - b.seq),
    total: () => total,
    clear() {
      ring = [];
      total = 0;
    },
  };
}
