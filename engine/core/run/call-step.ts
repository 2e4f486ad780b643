import type { Failure } from '../contracts/action.ts';
import type { RunEvent } from '../contracts/command.ts';
import type { CallStep } from '../contracts/plan.ts';
import { wantedByAuthor } from './ask-step.ts';
import { childOf, fillCall } from './fill-call.ts';
import { cancelStep, failStep, succeedStep } from './finish-step.ts';
import { tooLarge } from './inner-scope.ts';
import { isHalted, stepOf, type Turn, updateStep, write } from './turn.ts';

/* Another playbook as a child run (language reference 9.5, table "call"; 9.14). */

/** A run that nobody called has depth 0. */
const depthMax = 3;

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
  const beyond = tooLarge(event.outputs);
  const large = event.excess ?? beyond;
  const outputs = beyond === null ? event.outputs : {};
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
