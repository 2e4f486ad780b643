import type { Failure } from '../contracts/action.ts';
import type { Looked, RunEvent } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import { aboutAction, renderedOf } from '../run/about-action.ts';
import { settleFailure } from '../run/action-step.ts';
import { failStep } from '../run/finish-step.ts';
import { stepOf, type Turn, updateStep, write } from '../run/turn.ts';
import { inWords } from './in-words.ts';
import { unreadState } from './judge-standing.ts';

/*
 * An inverse that was not sent (language reference 6): the target shows something else than our action left,
 * or does not say what it shows. Whoever changed it meant something by it; a person decides what now.
 */

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

/** Of one that was sent: on what grounds. */
export function noteLook(turn: Turn, step: ActionStep, looked: Looked | undefined): void {
  if (looked !== undefined) updateStep(turn, step.path, { looked });
}

export function leaveChanged(turn: Turn, step: ActionStep, event: EventOf<'target.changed'>): void {
  const { expected, found } = event;
  const failure: Failure = {
    code: 'undo/changed-since',
    kind: 'terminal',
    message: `nothing was sent: the target shows ${inWords(found)} and was left as ${inWords(expected)}`,
  };
  updateStep(turn, step.path, { seen: { expected, found } });
  write(turn, 'undo.target-changed', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    attempt: event.attempt,
    outcome: 'denied',
    code: failure.code,
    reason: failure.message,
    data: { expected, found },
  });
  failStep(turn, step, failure);
}

/** Looked at again like any read, for as long as attempts and time remain. */
export function leaveUnread(turn: Turn, step: ActionStep, event: EventOf<'target.unread'>): void {
  const message = `nothing was sent: the target did not say what state it is in (${event.message})`;
  const { attempts } = stepOf(turn, step.path);
  updateStep(turn, step.path, { seen: { expected: {}, found: { state: unreadState } } });
  settleFailure(
    turn,
    step,
    { code: 'unavailable', kind: 'retryable', message },
    {
      code: 'undo/cannot-tell',
      kind: 'terminal',
      message: `${message}, asked ${attempts === 1 ? 'once' : `${attempts} times`}`,
    },
  );
}
