import type { AttemptId, DeadlineId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { ActionOutcome, CheckOutcome } from '../core/contracts/action.ts';
import type { Looked, RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import type { ScopeName } from './scope-name.ts';
import type { Tx } from './store/sql.ts';

/** What a worker brings back from the target. */
export type Reported =
  /** `looked`: of an inverse, what the target showed before it was sent. */
  | { of: 'action'; outcome: ActionOutcome; looked?: Looked }
  | { of: 'check'; outcome: CheckOutcome }
  /** An inverse that was not sent. */
  | { of: 'look'; outcome: NotSent };

/** Why: the target shows something else than our action left, or does not say what it shows. */
export type NotSent =
  | { kind: 'changed'; expected: JsonObject; found: JsonObject }
  | { kind: 'unread'; message: string };

/*
 * What can move a run. Each names a fact that has to be won in the database before it counts: an
 * attempt by its fence, a deadline or a message by deleting its row or taking it out of the locked scope's.
 * Losing the race makes it nothing.
 */
export type Inbound = ScopeName &
  (
    | { kind: 'begin' }
    | { kind: 'report'; attemptId: AttemptId; fence: number; reported: Reported }
    | { kind: 'lost'; attemptId: AttemptId; fence: number }
    | { kind: 'deadline'; deadlineId: DeadlineId }
    /** What is due and stands in the scope's own row. */
    | { kind: 'alarm' }
    /** Everything that other scopes, signals and callers have told this one. */
    | { kind: 'mail' }
    /** `begins`: whether a run that has not begun may. */
    | { kind: 'ask'; resolve: Resolve; begins?: true }
  );

/**
 * For rare inbounds (a person's decision, a cancel): runs inside the transaction once the
 * scope is locked, checks what it has to check, and says which events follow.
 */
export type Resolve = (
  tx: Tx,
  nowMs: number,
) => Promise<{ events: RunEvent[]; entries: EntryDraft[]; mail?: readonly ScopeName[] }>;

export interface WonAttempt {
  id: string;
  stepPath: string;
  number: number;
  purpose: 'perform' | 'confirm' | 'check';
}

/** The event that a won report stands for. */
export function eventOfReport(won: WonAttempt, reported: Reported): RunEvent {
  const ref = won.stepPath;
  const attempt = won.number;
  if (reported.of === 'check') return eventOfCheck(ref, reported.outcome);
  if (reported.of === 'look') return eventOfLook(ref, attempt, reported.outcome);
  const { outcome } = reported;
  const looked = reported.looked === undefined ? {} : { looked: reported.looked };
  switch (outcome.kind) {
    case 'succeeded':
      return {
        type: 'action.succeeded',
        ref,
        attempt,
        outputs: outcome.outputs,
        changed: outcome.changed ?? null,
        ...looked,
      };
    case 'accepted':
      return {
        type: 'action.accepted',
        ref,
        attempt,
        handle: outcome.handle,
        pollAfterMs: outcome.pollAfterMs,
        ...looked,
      };
    case 'failed':
      return { type: 'action.failed', ref, attempt, failure: outcome.failure };
    case 'unknown':
      return { type: 'action.unknown', ref, attempt, message: outcome.message };
  }
}

function eventOfLook(ref: string, attempt: number, outcome: NotSent): RunEvent {
  switch (outcome.kind) {
    case 'changed':
      return { type: 'target.changed', ref, attempt, expected: outcome.expected, found: outcome.found };
    case 'unread':
      return { type: 'target.unread', ref, attempt, message: outcome.message };
  }
}

function eventOfCheck(ref: string, outcome: CheckOutcome): RunEvent {
  switch (outcome.kind) {
    case 'present':
      return { type: 'check.present', ref, outputs: outcome.outputs };
    case 'absent':
      return { type: 'check.absent', ref };
    case 'in-transition':
      return { type: 'check.in-transition', ref, handle: outcome.handle, pollAfterMs: outcome.pollAfterMs };
    case 'unknown':
      return { type: 'check.unsettled', ref, message: outcome.message };
  }
}

export function eventOfLoss(won: WonAttempt): RunEvent {
  const message = 'the worker that had the attempt did not report in time';
  return { type: 'action.unknown', ref: won.stepPath, attempt: won.number, message };
}
