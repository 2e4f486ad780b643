import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import { actionRecord, canonicalBytes } from '../approval/action-plan.ts';
import { promiseOf } from '../approval/build-request.ts';
import { changesTargets, type Failure } from '../contracts/action.ts';
import type { RenderedAction, TaskCard } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import { aboutAction, renderedOf } from '../run/about-action.ts';
import { failStep } from '../run/finish-step.ts';
import { nameOfTarget } from '../run/name-target.ts';
import { runPath, stepOf, type Turn, updateStep, write } from '../run/turn.ts';
import { recordOf } from '../undo/undo-record.ts';
import { followsOf, followsOfUndo } from './follows-of.ts';
import { mayHaveActed, saysUnknown } from './may-have-acted.ts';

/*
 * A step whose effect nobody knows about does not end: a person is asked what became of it (decision
 * record 0017). This decides whether that is so and what the person is told; it knows nothing of who
 * may answer.
 */

/**
 * Long enough for a night and for a shift that hands over, short enough that "nobody looked" is said while
 * the incident is still worked on.
 */
export const answerWithinMs = 24 * 3_600_000;

/** A longer value says little to a person; it stands in full with the attempt. */
const valueCharsMax = 2_000;

/** Ends the step with a failure, or asks a person first when its effect may be there all the same. */
export function giveUp(turn: Turn, step: ActionStep, failure: Failure): void {
  const state = stepOf(turn, step.path);
  // A message that may have been posted twice is a nuisance; a host that may be cut off is a decision.
  if (!changesTargets(step.action.class) || !mayHaveActed(state, failure)) {
    failStep(turn, step, failure);
    return;
  }
  openTask(turn, step, saysUnknown(failure) ? failure : unknownFailure(failure.message));
}

export function unknownFailure(message: string): Failure {
  return {
    code: 'action/outcome-unknown',
    kind: 'terminal',
    message: `${message}. Look at the target and decide by hand.`,
  };
}

function openTask(turn: Turn, step: ActionStep, failure: Failure): void {
  const rendered = renderedOf(turn, step);
  const before = stepOf(turn, step.path);
  const number = (before.tasks ?? 0) + 1;
  const digest = digestOf(turn, step, rendered, number);
  const answerBeforeMs = turn.context.env.nowMs + answerWithinMs;
  updateStep(turn, step.path, {
    phase: 'undecided',
    go: 'undecided',
    doubtful: true,
    // Its time is over: what the target says from now on ends the step, and nothing is sent again.
    overdue: true,
    tasks: number,
    lastFailure: failure,
  });
  turn.commands.push({
    kind: 'clear-deadlines',
    ref: step.path,
    deadlines: ['deadline', 'delay', 'poll', 'recheck'],
  });
  turn.commands.push({
    kind: 'set-deadline',
    ref: step.path,
    deadline: 'answer',
    seq: number,
    atMs: answerBeforeMs,
  });
  const card = cardOf(turn, step, rendered, failure);
  turn.commands.push({
    kind: 'open-task',
    ref: step.path,
    task: { number, generation: rendered.generation, digest, card, answerBeforeMs },
  });
  write(turn, 'task.opened', {
    ...aboutAction(turn, step, rendered),
    attempt: before.attempts,
    outcome: 'unknown',
    code: failure.code,
    reason: failure.message,
    data: { digest, answer_before: new Date(answerBeforeMs).toISOString() },
  });
}

/** The attempt that the answer is about, and nothing that could change while it is being answered. */
function digestOf(turn: Turn, step: ActionStep, rendered: RenderedAction, number: number): string {
  const { given } = turn.context.env;
  const record: JsonObject = {
    ...actionRecord(given.runId, runPath(turn.context, step.path), rendered, promiseOf(step)),
    action_key: rendered.actionKey,
    attempts: stepOf(turn, step.path).attempts,
    task: number,
  };
  return `sha256:${createHash('sha256').update('riposte-task/v1\n').update(canonicalBytes(record)).digest('hex')}`;
}

function cardOf(turn: Turn, step: ActionStep, rendered: RenderedAction, failure: Failure): TaskCard {
  const { target } = rendered;
  const name = nameOfTarget(turn.context, target);
  const sentence = step.action.effectSentence.replaceAll('{name}', () => name ?? target?.id ?? 'the target');
  const shown = name ?? target?.id;
  return {
    question: `${step.action.title}${shown === undefined ? '' : `: ${shown}`}. Did it happen? ${sentence}`,
    why: failure.message,
    stepName: nameOfStep(turn, step),
    action: rendered.action,
    actionVersion: rendered.actionVersion,
    actionKey: rendered.actionKey,
    class: rendered.class,
    system: rendered.system,
    connection: rendered.connection,
    target: target === null ? null : { ...target, name },
    arguments: argumentsOf(step, rendered),
    handle: stepOf(turn, step.path).handle,
    canAsk: step.action.canCheck,
    follows: followsNow(turn, step, false),
  };
}

/** Also when the run is told to end while a person is being asked. */
export function followsNow(turn: Turn, step: ActionStep, ending: boolean): TaskCard['follows'] {
  const { scope, plan } = turn.context.env;
  return scope.kind === 'undo' ? followsOfUndo(recordOf(scope).stepName) : followsOf(plan, step, ending);
}

function nameOfStep(turn: Turn, step: ActionStep): string {
  const { scope } = turn.context.env;
  return scope.kind === 'undo' ? `Take back: ${recordOf(scope).stepName}` : step.name;
}

/** Only what the action's input schema names; a manifest lists no secret among its arguments. */
function argumentsOf(step: ActionStep, rendered: RenderedAction): TaskCard['arguments'] {
  const { properties } = step.action.input;
  const known = properties === null || typeof properties !== 'object' ? [] : Object.keys(properties);
  return known.flatMap((name) => {
    const value = rendered.arguments[name];
    return value === undefined ? [] : [{ name, value: cut(value) }];
  });
}

function cut(value: Json): Json {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= valueCharsMax) return value;
  return `${text.slice(0, valueCharsMax).toWellFormed()}… (${text.length} characters)`;
}
