import type { Failure } from '../contracts/action.ts';
import type { PlanStep } from '../contracts/plan.ts';
import type { PreviewStep, Reached } from './preview.ts';
import { blurBlock, blurFailed, fork, type Room, settle } from './room.ts';
import type { Ending, Flow, Walked, Walker } from './walker.ts';

/* What a failure would lead to (language reference 9.8): a certain one is followed, a possible one shown. */

/** The step certainly fails: its handler runs, and then what the playbook says. */
export function failSurely(
  walker: Walker,
  room: Room,
  step: PlanStep,
  node: PreviewStep,
  failure: Failure,
): Walked {
  settle(room, step, { status: 'failed', failure });
  return handle(walker, room, step, node, failure, node.reached);
}

/**
 * A step inside certainly fails, if all before it goes well. Another may have failed before it, so the handler
 * does not know which failure it is, nor what was done.
 */
export function failInside(
  walker: Walker,
  room: Room,
  step: PlanStep,
  node: PreviewStep,
  failure: Failure,
  mayEnd: boolean,
): Walked {
  blurFailed(room, step);
  const walked = handle(walker, room, step, node, failure, mayEnd ? maybe(node.reached) : node.reached);
  return { ...walked, maybe: walked.maybe || mayEnd };
}

function handle(
  walker: Walker,
  room: Room,
  step: PlanStep,
  node: PreviewStep,
  failure: Failure,
  reached: Reached,
): Walked {
  node.fails = failure.message;
  const end: Ending = { by: 'failed', reason: failure.message, failure };
  const flow = step.onError.steps.length > 0 ? showHandler(walker, room, step, node, reached) : null;
  if (flow !== null && flow.end !== null) return { node, end: flow.end, maybe: false };
  if (step.onError.then !== 'continue') return { node, end, maybe: false };
  return { node, end: null, maybe: flow?.maybe === true };
}

/** The step may fail: the handler is shown, and what it does is not known afterwards. */
export function mayFail(walker: Walker, room: Room, step: PlanStep, node: PreviewStep): { maybe: boolean } {
  if (step.onError.steps.length === 0) return { maybe: false };
  const aside = fork(room);
  blurFailed(aside, step);
  const flow = showHandler(walker, aside, step, node, maybe(node.reached));
  blurBlock(room, step.onError.steps);
  return { maybe: step.onError.then === 'continue' && (flow.end !== null || flow.maybe) };
}

function showHandler(walker: Walker, room: Room, step: PlanStep, node: PreviewStep, reached: Reached): Flow {
  const flow = walker.sequence(room, step.onError.steps, reached);
  node.blocks.push({
    role: 'on_error',
    label: `on error, then ${step.onError.then}`,
    condition: null,
    reached,
    steps: flow.steps,
  });
  return flow;
}

/** Whether the run may go on although the step failed or was denied: how it ended is not certain then. */
export function livesWithLess(step: PlanStep): boolean {
  return step.onError.then === 'continue' || step.onDenied === 'continue';
}

export function maybe(reached: Reached): Reached {
  return reached === 'no' ? 'no' : 'maybe';
}

export function terminal(code: string, message: string): Failure {
  return { code, kind: 'terminal', message };
}
