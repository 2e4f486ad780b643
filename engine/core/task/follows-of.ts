import type { TaskCard } from '../contracts/command.ts';
import type { ActionStep, Plan, PlanStep } from '../contracts/plan.ts';
import { blocksOf, everyStep, isLoop } from '../run/list-steps.ts';

/*
 * What the playbook does on either answer, in words for the person who is asked. It explains what the
 * chart does and decides nothing.
 */

/** `ending`: the run or the block around the step has been told to end. */
export function followsOf(plan: Plan, step: ActionStep, ending: boolean): TaskCard['follows'] {
  const next = nextOf(plan, step);
  const onward = ending ? 'The run has been told to end, and ends then.' : goesOn(next);
  const afterFailure = ending ? 'The run has been told to end, and ends then.' : afterFailing(step, next);
  return {
    happened: `The step counts as succeeded, without the outputs that only the target could have given. ${wayBackOf(step)} ${onward}`,
    didNotHappen: `The step counts as failed with action/did-not-happen. Its hold is let go and nothing is left to undo. ${afterFailure}`,
    silence: `The step counts as failed with action/outcome-unknown, not as done and not as without effect. ${leftBehind(step)} ${afterFailure}`,
  };
}

/** For the inverse of an undo record, which is in no sequence of the playbook. */
export function followsOfUndo(stepName: string): TaskCard['follows'] {
  return {
    happened: `What "${stepName}" did counts as taken back.`,
    didNotHappen: `What "${stepName}" did stands. Its record stays in the list of what can be undone and can be tried again.`,
    silence: `What "${stepName}" did counts as not taken back. Its record stays in the list of what can be undone and can be tried again.`,
  };
}

function goesOn(next: PlanStep | null): string {
  return next === null ? 'It was the last step of its block.' : `The run goes on with "${next.name}".`;
}

function afterFailing(step: ActionStep, next: PlanStep | null): string {
  const { steps, then } = step.onError;
  const handler =
    steps.length === 0
      ? ''
      : `First its on_error runs: ${steps.map((each) => `"${each.name}"`).join(', ')}. `;
  switch (then) {
    case 'continue':
      return `${handler}${goesOn(next)}`;
    case 'undo':
      return `${handler}What the run has done so far is taken back, then the failure goes on.`;
    case 'fail':
      return `${handler}The failure goes to the block around it, or ends the run as failed.`;
  }
}

function wayBackOf(step: ActionStep): string {
  const { rollback } = step;
  const { inverse } = step.action;
  if (rollback.kind === 'none') return 'The playbook says that it is not taken back.';
  if (rollback.kind === 'action') return `It can be taken back with ${rollback.action}.`;
  switch (inverse.kind) {
    case 'action':
      return `It can be taken back with ${inverse.action}; since nobody knows whether it was so before, an undo asks first.`;
    case 'irreversible':
      return `It cannot be taken back: ${inverse.reason}.`;
    case 'not-needed':
      return 'There is nothing to take back.';
  }
}

/** By a step that may have acted and of which nobody said so. */
function leftBehind({ rollback, action: { inverse } }: ActionStep): string {
  if (rollback.kind === 'none') return 'What may be there is not taken back: the playbook says so.';
  if (rollback.kind === 'default' && inverse.kind === 'irreversible')
    return `What may be there cannot be taken back: ${inverse.reason}.`;
  if (rollback.kind === 'default' && inverse.kind === 'not-needed') return 'There is nothing to take back.';
  return 'The target stays in the list of what can be undone, and an undo asks first.';
}

function nextOf(plan: Plan, step: ActionStep): PlanStep | null {
  for (const block of blocksIn(plan)) {
    const at = block.findIndex((each) => each.path === step.path);
    if (at !== -1) return block[at + 1] ?? null;
  }
  return null;
}

function* blocksIn(plan: Plan): Generator<readonly PlanStep[]> {
  yield plan.steps;
  yield plan.onFailure;
  yield plan.finally;
  for (const step of everyStep(plan)) {
    yield* blocksOf(step);
    if (isLoop(step)) yield step.steps;
    yield step.onError.steps;
  }
}
