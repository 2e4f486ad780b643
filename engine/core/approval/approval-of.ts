import type {
  ActionStep,
  ApprovalStep,
  CallStep,
  ForeachStep,
  PlanApproval,
  UndoStep,
} from '../contracts/plan.ts';
import type { RunContext } from '../run/context.ts';
import { stepAt } from '../run/list-steps.ts';
import { planPathOf } from '../run/scope-path.ts';
import { recordOf } from '../undo/undo-record.ts';

/**
 * Whom a step asks when it asks. An inverse asks whoever the undo step names, else the approvers of
 * what is taken back (language reference 6).
 */
export function approvalOf(
  context: RunContext,
  step: ActionStep | ApprovalStep | ForeachStep | CallStep | UndoStep,
): PlanApproval {
  if (step.kind === 'approval') return step.approval;
  const { plan, scope } = context.env;
  if (scope.kind !== 'undo') return step.approval ?? step.fallbackApproval;
  const ordering = stepAt(plan, scope.frame?.undo?.ref ?? '');
  if (ordering?.kind === 'undo' && ordering.approval !== null) return { ...ordering.approval, editable: [] };
  const record = recordOf(scope);
  const original =
    record.runId === context.env.given.runId ? stepAt(plan, planPathOf(record.stepPath)) : undefined;
  if (original?.kind === 'action') return plainly(original.approval ?? original.fallbackApproval);
  return step.fallbackApproval;
}

/** The original's question and evidence are about doing it, not about taking it back. */
function plainly(approval: PlanApproval): PlanApproval {
  return { ...approval, when: null, ask: null, why: null, evidence: [], editable: [] };
}
