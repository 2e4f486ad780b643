import type { Command, RunEvent } from '../contracts/command.ts';
import type { UndoRecord } from '../contracts/scope.ts';
import { type DecisionEnv, emptyContext, type ScopeSnapshot } from '../run/context.ts';
import { visibleNames } from '../run/visible-names.ts';
import { planUndo } from './plan-undo.ts';

/*
 * Taking back what a run did after it has ended (language reference 6 and 9.3): the same loop over the
 * same records as inside of a run, but no step waits for it. Its scopes see what the run saw last.
 */

export type OpenLoop = Extract<Command, { kind: 'open-loop' }>;

/** One order per run, told apart by its number: an ended run can be taken back in several goes. */
export function refAfterEnd(number: number): string {
  return `run~undo.${number}`;
}

/** Likewise for each end of one record's lease. */
export function refOfLease(seq: number, end: number): string {
  return `run~lease.${seq}.${end}`;
}

/** And for each order of a person about one record of a run that moves still. */
export function refOfRelease(seq: number, number: number): string {
  return `run~release.${seq}.${number}`;
}

export function undoAfterEnd(
  env: Omit<DecisionEnv, 'event'>,
  snapshot: ScopeSnapshot,
  order: {
    ref: string;
    records: readonly UndoRecord[];
    excluded?: string[];
    askFirst?: string;
    knowing?: true;
  },
): OpenLoop {
  const { ref, records, excluded, askFirst, knowing } = order;
  const stored = 'context' in snapshot ? snapshot.context : emptyContext();
  const context = { ...stored, env: { ...env, event: { type: 'scope.begin' } satisfies RunEvent } };
  const { inputs: _inputs, run: _run, alert: _alert, ...names } = visibleNames(context).names;
  const undo = {
    ref,
    ...(excluded !== undefined && { excluded }),
    ...(askFirst !== undefined && { askFirst }),
    ...(knowing !== undefined && { knowing }),
  };
  const frame = { names, facts: stored.facts, approval: null, undo };
  return { kind: 'open-loop', ref, frame, ...planUndo(records) };
}
