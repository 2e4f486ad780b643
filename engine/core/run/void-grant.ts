import type { Code } from '../../../schemas/codes.ts';
import type { ActionStep } from '../contracts/plan.ts';
import { aboutAction, renderedOf } from './about-action.ts';
import type { StepState } from './context.ts';
import { endUnused } from './finish-step.ts';
import { stepOf, type Turn, updateStep, write } from './turn.ts';

/** The yes does not stand any more, so nothing goes out on it: the same people, or others, are asked anew. */
export function voidGrant(
  turn: Turn,
  step: ActionStep,
  { approvalId, code, message }: { approvalId: string; code: Code; message: string },
): void {
  endUnused(turn, step, 'superseded');
  write(turn, 'approval.voided', {
    ...aboutAction(turn, step, renderedOf(turn, step)),
    approvalId,
    outcome: 'denied',
    code,
    reason: message,
  });
  const { voided = 0, demand } = stepOf(turn, step.path);
  updateStep(turn, step.path, {
    approved: false,
    voided: voided + 1,
    demand: toldAlone(demand),
    go: 'asking',
  });
}

/** Whoever it joined when it was first asked may be decided by now: what is asked anew is told anew. */
export function toldAlone(demand: StepState['demand']): StepState['demand'] {
  if (demand?.held === undefined) return demand;
  return { ...demand, held: { ...demand.held, joins: false } };
}
