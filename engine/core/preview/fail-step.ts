import type { Failure } from '../contracts/action.ts';
import type { PlanStep } from '../contracts/plan.ts';
import type { PreviewStep, Reached } from './preview.ts';
import { blurBlock, fork, type Room, settle } from './room.ts';
import type { Ending, Walked, Walker } from './walker.ts';

/* What a failure would lead to (language reference 9.8): a certain one is followed, a possible one shown. */

/** The step certainly fails: its handler runs, and then what the playbook says. */
export function failSurely(
  walker: Walker,
  room: Room,
  step: PlanStep,
  node: PreviewStep,
  failure: Failure,
): Walked {
  node.fails = failure.message;
  settle(room, step, { status: 'failed', failure });
  const end: Ending = { by: 'failed', reason: failure.message, failure };
  if (step.onError.steps.length > 0) {
    const flow = walker.sequence(room, step.onError.steps, node.reached);
    node.blocks.push({
      role: 'on_error',
      label: `on error, then ${step.onError.then}`,
      condition: null,
      reached: node.reached,
      steps: flow.steps,
    });
    if (flow.end !== null) return { node, end: flow.end, maybe: false };
    if (step.onError.then === 'continue') return { node, end: null, maybe: flow.maybe };
  }
  return { node, end: step.onError.then === 'continue' ? null : end, maybe: false };
}

/** The step may fail: the handler is shown, and what it does is not known afterwards. */
export function mayFail(walker: Walker, room: Room, step: PlanStep, node: PreviewStep): { maybe: boolean } {
  if (step.onError.steps.length === 0) return { maybe: false };
  const aside = fork(room);
  settle(aside, step, { status: 'failed' });
  aside.holes.push(['failure'], ['steps', step.id, 'failure']);
  const flow = walker.sequence(aside, step.onError.steps, maybe(node.reached));
  node.blocks.push({
    role: 'on_error',
    label: `on error, then ${step.onError.then}`,
    condition: null,
    reached: maybe(node.reached),
    steps: flow.steps,
  });
  blurBlock(room, step.onError.steps);
  return { maybe: step.onError.then === 'continue' && (flow.end !== null || flow.maybe) };
}

export function maybe(reached: Reached): Reached {
  return reached === 'no' ? 'no' : 'maybe';
}

export function terminal(code: string, message: string): Failure {
  return { code, kind: 'terminal', message };
}
