import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../contracts/action.ts';
import type { RunEvent } from '../contracts/command.ts';
import type { CallStep, PlanChild } from '../contracts/plan.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { validatorOf } from '../schema/validator-of.ts';
import { wantedByAuthor } from './ask-step.ts';
import { cancelStep, failStep, succeedStep } from './finish-step.ts';
import { tooLarge } from './inner-scope.ts';
import { isHalted, runPath, stepOf, type Turn, updateStep, write } from './turn.ts';
import { visibleNames } from './visible-names.ts';

/* Another playbook as a child run (language reference 9.5, table "call"; 9.14). */

/** A run that nobody called has depth 0. */
const depthMax = 3;

export type CallInputs = { ok: true; inputs: JsonObject } | { ok: false; failure: Failure };

/** Checks before anybody is asked: whoever says yes says it to inputs that the child takes. */
export function prepareCall(turn: Turn, step: CallStep): void {
  const { given } = turn.context.env;
  if (given.depth + 1 > depthMax) {
    const message = `playbooks may call each other ${depthMax} deep; this would be deeper`;
    failStep(turn, step, { code: 'run/call-too-deep', kind: 'terminal', message });
    return;
  }
  const filled = fillCall(turn, step);
  if (!filled.ok) {
    failStep(turn, step, filled.failure);
    return;
  }
  const wanted = wantedByAuthor(turn, step, step.approval);
  if (given.mode === 'audit') {
    if (wanted) write(turn, 'approval.not-asked', { step: step.path, simulated: true });
    updateStep(turn, step.path, { go: 'start' });
    return;
  }
  // In `ask` mode the child is in `ask` mode too: what it does to targets asks for itself there.
  updateStep(turn, step.path, {
    go: wanted ? 'asking' : 'start',
    ...(wanted || step.approval === null
      ? {}
      : { approval: { outcome: 'not_asked', by: [], comment: '', decidedAt: null } }),
  });
}

/** The inputs as the child will see them: what the step gives, and the child's own defaults. */
export function fillCall(turn: Turn, step: CallStep): CallInputs {
  const child = childOf(turn, step);
  const refuse = (code: string, message: string): CallInputs => ({
    ok: false,
    failure: { code, kind: 'terminal', message },
  });
  if (child === undefined) return refuse('run/child-failed', `"${step.playbook}" is not part of this plan`);
  const filled = renderTemplate({ t: 'map', fields: step.with }, visibleNames(turn.context, step.path));
  if (!filled.ok)
    return refuse(filled.code, `the inputs of "${step.id}" could not be filled: ${filled.message}`);
  if (!isJsonObject(filled.value)) return refuse('action/invalid-input', 'the inputs are not a map');
  const inputs: JsonObject = {};
  const problems: string[] = [];
  for (const input of child.inputs) {
    const given = filled.value[input.name];
    if (given === undefined) {
      if (input.required) problems.push(`${input.name}: is required`);
      else inputs[input.name] = input.default;
      continue;
    }
    for (const problem of validatorOf(input.schema)(given)) {
      problems.push(`${input.name}${problem.pointer}: ${problem.message}`);
    }
    inputs[input.name] = given;
  }
  for (const name of Object.keys(filled.value)) {
    if (!child.inputs.some((input) => input.name === name)) problems.push(`${name}: is not an input`);
  }
  if (problems.length > 0) {
    return refuse('action/invalid-input', `the inputs do not fit ${step.playbook}: ${problems.join('; ')}`);
  }
  return { ok: true, inputs };
}

export function childOf(turn: Turn, step: CallStep): PlanChild | undefined {
  return turn.context.env.plan.children[step.playbook];
}

export function startChild(turn: Turn, step: CallStep): void {
  const child = childOf(turn, step);
  const filled = fillCall(turn, step);
  if (!filled.ok || child === undefined) {
    if (!filled.ok) failStep(turn, step, filled.failure);
    return;
  }
  const { approved } = stepOf(turn, step.path);
  if (approved) turn.commands.push({ kind: 'end-approval', ref: step.path, outcome: 'consumed' });
  updateStep(turn, step.path, { phase: 'inside', go: '' });
  turn.commands.push({
    kind: 'start-child',
    ref: step.path,
    playbook: step.playbook,
    digest: child.digest,
    inputs: filled.inputs,
    attach: step.attach,
    mode: turn.context.env.given.mode,
  });
}

export function childStarted(turn: Turn, step: CallStep, runId: string): void {
  updateStep(turn, step.path, { childRunId: runId });
  const { approvalId } = stepOf(turn, step.path);
  write(turn, 'child.started', {
    step: step.path,
    ...(approvalId === null ? {} : { approvalId }),
    data: {
      run: runId,
      playbook: step.playbook,
      digest: childOf(turn, step)?.digest ?? '',
      attached: step.attach,
    },
  });
  if (!step.attach) succeedStep(turn, step, {});
}

export function childRefused(turn: Turn, step: CallStep, failure: Failure): void {
  failStep(turn, step, failure);
}

export function cancelChild(turn: Turn, step: CallStep): void {
  turn.commands.push({ kind: 'cancel-child', ref: step.path, reason: 'the run that called this one ends' });
}

export function childFinished(
  turn: Turn,
  step: CallStep,
  event: Extract<RunEvent, { type: 'child.finished' }>,
  within: readonly string[],
): void {
  write(turn, 'child.finished', {
    step: step.path,
    outcome: event.state === 'succeeded' ? 'success' : event.state === 'denied' ? 'denied' : 'failure',
    reason: event.reason,
    data: { run: event.runId, state: event.state },
  });
  const large = tooLarge(event.outputs);
  const outputs = large === null ? event.outputs : {};
  if (event.state === 'succeeded') {
    if (large === null) succeedStep(turn, step, outputs);
    else failStep(turn, step, large);
    return;
  }
  if (event.state === 'cancelled' && isHalted(turn.context, within)) {
    cancelStep(turn, step);
    return;
  }
  const code = event.state === 'denied' ? 'run/child-denied' : 'run/child-failed';
  const message = `${step.playbook} ended as ${event.state}${event.reason === '' ? '' : `: ${event.reason}`}`;
  failStep(turn, step, { code, kind: 'terminal', message }, outputs);
}

/** For the question about a call: what exactly would be started. */
export function describeCall(turn: Turn, step: CallStep): { inputs: JsonObject; path: string } {
  const filled = fillCall(turn, step);
  return { inputs: filled.ok ? filled.inputs : {}, path: runPath(turn.context, step.path) };
}
