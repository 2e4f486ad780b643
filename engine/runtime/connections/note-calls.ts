import { performance } from 'node:perf_hooks';
import { judgeCall } from '../../core/connection/judge-call.ts';
import { looksBroken } from '../../core/connection/judge-health.ts';
import type { Reported } from '../inbound.ts';
import type { CallsOfConnection } from '../store/queries/connections.ts';

/*
 * What became of calls, kept in the worker's memory until it is told: an action costs no row for it. A worker that dies
 * takes the words of some seconds with it, and the runs themselves say the rest.
 */

export interface CallNotes {
  note(system: string, id: string, reported: Reported): void;
  /** What there is since it was taken last; ages are of this moment. */
  take(): CallsOfConnection[];
  /** Could not be told: it is told with what comes next. */
  putBack(calls: readonly CallsOfConnection[], takenAt: number): void;
}

interface Noted {
  system: string;
  id: string;
  answeredAt: number | null;
  failedAt: number | null;
  code: string | null;
  failedInARow: number;
}

/** @param nowMs on a monotonic clock */
export function createCallNotes(nowMs: () => number = () => performance.now()): CallNotes {
  let notes = new Map<string, Noted>();

  function noted(system: string, id: string): Noted {
    const key = `${system}.${id}`;
    const known = notes.get(key);
    if (known !== undefined) return known;
    const fresh = { system, id, answeredAt: null, failedAt: null, code: null, failedInARow: 0 };
    notes.set(key, fresh);
    return fresh;
  }

  return {
    note(system, id, reported) {
      // An inverse that was not sent has asked its target, and the answer is no word about the way.
      const word = reported.of === 'look' ? null : judgeCall(reported.outcome);
      if (word === null) return;
      const one = noted(system, id);
      if (word.kind === 'answered') {
        one.answeredAt = nowMs();
        one.failedInARow = 0;
        return;
      }
      one.failedAt = nowMs();
      one.code = word.code;
      one.failedInARow += 1;
    },
    take() {
      const now = nowMs();
      const ago = (at: number | null) => (at === null ? null : now - at);
      const taken = [...notes.values()].map(({ answeredAt, failedAt, ...rest }) => ({
        ...rest,
        looksBroken: rest.code !== null && rest.failedInARow > 0 && looksBroken(rest.code, rest.failedInARow),
        answeredAgoMs: ago(answeredAt),
        failedAgoMs: ago(failedAt),
      }));
      notes = new Map();
      return taken.sort((a, b) => (`${a.system}.${a.id}` < `${b.system}.${b.id}` ? -1 : 1));
    },
    putBack(calls, takenAt) {
      for (const { system, id, answeredAgoMs, failedAgoMs, code, failedInARow } of calls) {
        const one = noted(system, id);
        const at = (ago: number | null) => (ago === null ? null : takenAt - ago);
        if (one.answeredAt === null) one.failedInARow += failedInARow;
        one.answeredAt ??= at(answeredAgoMs);
        if (one.failedAt === null) one.code = code;
        one.failedAt ??= at(failedAgoMs);
      }
    },
  };
}
