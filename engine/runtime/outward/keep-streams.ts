import { performance } from 'node:perf_hooks';
import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { exactText } from '../../core/audit/exact-text.ts';
import type { Http } from '../../core/contracts/ports.ts';
import { alarmAfterMs, retryDelayMs } from '../../core/outward/retry-delay.ts';
import { namesOf, streamEvent, wants } from '../../core/outward/stream-event.ts';
import type { Log } from '../engine-parts.ts';
import { recordAudit } from '../record-audit.ts';
import type { Database } from '../store/database.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import {
  type ClaimedStream,
  claimStreams,
  letStreamGo,
  movePosition,
  readOnward,
  type StreamRow,
  writeStreamFailure,
} from '../store/queries/outward-streams.ts';
import type { ApprovalLinks } from './approval-links.ts';
import { type ReadSecret, sendEvent, sendTimeoutMs } from './send-event.ts';

/*
 * Tells sealed entries outside: at least once, in the order of the log, one after the other per stream. The
 * position moves after the receiver's yes, so a death in between repeats an entry and never skips one. A
 * stream that fails waits by itself; the others do not wait for it.
 */

export interface StreamParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  http: Http;
  secret: ReadSecret;
}

/** What telling them takes besides. */
export interface KeeperParts extends StreamParts {
  links: ApprovalLinks;
}

export interface StreamKeeper {
  start(): void;
  stop(): Promise<void>;
}

const lookMs = 1_000;
const leaseMs = 60_000;
/** No sending begins later than this after the claim: with its timeout and a margin it ends inside the lease. */
const sendWithinMs = leaseMs - 2 * sendTimeoutMs;

export function createStreamKeeper(parts: KeeperParts): StreamKeeper {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> | undefined;
  let stopping = false;
  const look = () => {
    looking ??= keepStreams(parts, () => stopping)
      .catch((error) =>
        parts.log('warn', 'looking at streams failed; trying again', { error: String(error) }),
      )
      .finally(() => {
        looking = undefined;
      });
  };
  return {
    start() {
      timer = setInterval(look, lookMs);
      timer.unref();
      look();
    },
    async stop() {
      stopping = true;
      clearInterval(timer);
      await looking;
    },
  };
}

/** Looks once; returns how many entries receivers took. */
export async function keepStreams(
  parts: KeeperParts,
  stopping: () => boolean = () => false,
): Promise<number> {
  const claimedAt = performance.now();
  const streams = await claimStreams(parts.database, parts.tenant, leaseMs);
  const late = () => performance.now() - claimedAt > sendWithinMs;
  const counts = await Promise.all(
    streams.map((stream) =>
      tell(parts, stream, late, stopping).catch((error) => {
        // The lease ends by itself; the entry is sent again then.
        parts.log('error', 'a stream could not be served', { stream: stream.id, error: String(error) });
        return 0;
      }),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function tell(
  parts: KeeperParts,
  stream: ClaimedStream,
  late: () => boolean,
  stopping: () => boolean,
): Promise<number> {
  let sent = 0;
  let at = stream.position;
  let failures = stream.attempts;
  for (;;) {
    const rows = await readOnward(parts.database, parts.tenant, stream.log, at);
    const passed = rows.at(-1);
    if (passed === undefined || late() || stopping()) break;
    for (const row of rows.filter(({ type }) => wants(stream.types, type))) {
      if (late() || stopping()) break;
      const error = await send(parts, stream, row, late);
      if (error !== null) {
        await fail(parts, stream, error, failures + 1);
        return sent;
      }
      failures = 0;
      const move = { from: at, to: row.index + 1, sent: true };
      if (!(await movePosition(parts.database, parts.tenant, stream, move))) return sent;
      at = move.to;
      sent += 1;
    }
    if (late() || stopping()) break;
    const move = { from: at, to: passed.index + 1, sent: false };
    if (move.to > at && !(await movePosition(parts.database, parts.tenant, stream, move))) return sent;
    at = move.to;
  }
  await letStreamGo(parts.database, parts.tenant, stream);
  return sent;
}

async function send(
  parts: KeeperParts,
  stream: ClaimedStream,
  row: StreamRow,
  late: () => boolean,
): Promise<string | null> {
  const { index, id, type } = row;
  const sealed = { index, log: stream.log, id, type, at: row.at.toISOString(), text: exactText(row.entry) };
  const link = await parts.links.linkFor({ ...namesOf(sealed.text), type });
  const nowMs = await databaseNowMs(parts.database);
  return await sendEvent(parts, stream, { id, nowMs, event: streamEvent(sealed, link) }, () => {
    if (late()) throw new Error('the stream was held too long');
  });
}

async function fail(
  parts: KeeperParts,
  stream: ClaimedStream,
  error: string,
  failures: number,
): Promise<void> {
  const delayMs = retryDelayMs(failures, Math.random());
  await parts.database.transaction(async (tx) => {
    if (!(await writeStreamFailure(tx, parts.tenant, stream, { error, delayMs, alarmAfterMs }))) return;
    const entry = {
      type: 'stream.failing' as const,
      actor: { kind: 'system', id: 'streams', channel: 'engine' } as const,
      outcome: 'failure' as const,
      data: { stream: stream.id, error },
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
    parts.log('error', 'a stream has been failing for a day', { stream: stream.id });
  });
}
