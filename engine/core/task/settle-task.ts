import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import type { TaskAnswer } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ActionStep } from '../contracts/plan.ts';
import { aboutAction, renderedOf } from '../run/about-action.ts';
import {
  checkTarget,
  type EventOf,
  recheckWaitMs,
  reconciledAbsent,
  reconciledPresent,
  succeed,
} from '../run/action-step.ts';
import { failStep } from '../run/finish-step.ts';
import { stepOf, type Turn, updateStep, write } from '../run/turn.ts';
import { followsNow } from './open-task.ts';

/* How a task ends: by a person's word, by the target's own, or by nobody's, which is a no. */

/** An order that hangs for a day is looked at 300 times, each with its entry: a run may have 10,000. */
const quickLooks = 10;
const slowLookMs = 300_000;

export function takeAnswer(turn: Turn, step: ActionStep, event: EventOf<'task.answered'>): void {
  turn.commands.push({ kind: 'revoke-attempt', ref: step.path });
  if (event.answer === 'happened') {
    // Whether it was so before nobody knows: `changed` stays open, and an undo asks.
    succeed(turn, step, sureOutputs(step), null);
    return;
  }
  updateStep(turn, step.path, { doubtful: false });
  const message = `a person looked: it did not happen. ${event.proof}`.trim();
  write(turn, 'action.failed', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    attempt: stepOf(turn, step.path).attempts,
    outcome: 'failure',
    code: 'action/did-not-happen',
    reason: message,
  });
  failStep(turn, step, { code: 'action/did-not-happen', kind: 'terminal', message });
}

/** What every success of the action says, whatever the target answers. */
function sureOutputs({ action }: ActionStep): JsonObject {
  const outputs: JsonObject = {};
  const { properties } = action.output;
  if (!isJsonObject(properties)) return outputs;
  for (const [name, schema] of Object.entries(properties)) {
    if (isJsonObject(schema) && schema.const !== undefined) outputs[name] = schema.const;
  }
  return outputs;
}

export function askTarget(turn: Turn, step: ActionStep): void {
  updateStep(turn, step.path, { phase: 'reconciling', go: '' });
  checkTarget(turn, step);
}

export function foundPresent(turn: Turn, step: ActionStep, event: EventOf<'check.present'>): void {
  settledByTarget(turn, step, 'happened');
  reconciledPresent(turn, step, event);
}

export function foundDone(turn: Turn, step: ActionStep, event: EventOf<'action.succeeded'>): void {
  settledByTarget(turn, step, 'happened');
  succeed(turn, step, event.outputs, event.changed);
}

export function foundAbsent(turn: Turn, step: ActionStep): void {
  if (step.action.idempotent === 'no') {
    unsettled(turn, step, 'the target does not show the effect, which proves nothing for this action');
    return;
  }
  settledByTarget(turn, step, 'did-not-happen');
  reconciledAbsent(turn, step);
}

export function unsettled(turn: Turn, step: ActionStep, message: string): void {
  updateStep(turn, step.path, { phase: 'undecided', go: '' });
  write(turn, 'task.unsettled', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    outcome: 'unknown',
    reason: message,
  });
}

/** A request of this kind is on its way: the target is asked again by itself, and a person may be faster. */
export function underWay(turn: Turn, step: ActionStep, event: EventOf<'check.in-transition'>): void {
  unsettled(turn, step, 'the target says that a request of this kind is under way');
  const { checks } = stepOf(turn, step.path);
  const waitMs = Math.max(event.pollAfterMs, checks > quickLooks ? slowLookMs : recheckWaitMs(checks));
  const atMs = turn.context.env.nowMs + waitMs;
  turn.commands.push({ kind: 'set-deadline', ref: step.path, deadline: 'recheck', seq: checks, atMs });
}

/** Silence is no: neither done nor without effect, and what may be there stays in the list of undos. */
export function passSilence(turn: Turn, step: ActionStep): void {
  const { lastFailure } = stepOf(turn, step.path);
  invariant(lastFailure !== null, `${step.path} has a failure that nobody could settle`);
  turn.commands.push({ kind: 'end-task', ref: step.path, state: 'unanswered', by: 'silence' });
  turn.commands.push({ kind: 'revoke-attempt', ref: step.path });
  write(turn, 'task.settled', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    outcome: 'unknown',
    code: lastFailure.code,
    reason: 'nobody said what became of it in time',
    data: { state: 'unanswered', by: 'silence' },
  });
  failStep(turn, step, lastFailure);
}

/** The run is told to end: what was sent is awaited all the same, and either answer now leads elsewhere. */
export function retell(turn: Turn, step: ActionStep): void {
  turn.commands.push({ kind: 'retell-task', ref: step.path, follows: followsNow(turn, step, true) });
}

function settledByTarget(turn: Turn, step: ActionStep, state: TaskAnswer): void {
  turn.commands.push({ kind: 'end-task', ref: step.path, state, by: 'target' });
  write(turn, 'task.settled', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    outcome: state === 'happened' ? 'success' : 'failure',
    data: { state, by: 'target' },
  });
}
