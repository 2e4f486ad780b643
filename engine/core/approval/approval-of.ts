import type { AskTerms } from '../contracts/command.ts';
import type {
  ActionStep,
  ApprovalStep,
  CallStep,
  ForeachStep,
  PlanApproval,
  UndoStep,
} from '../contracts/plan.ts';
import { emptyStep, type RunContext } from '../run/context.ts';
import { stepAt } from '../run/list-steps.ts';
import { planPathOf } from '../run/scope-path.ts';
import { mayHaveActed } from '../task/may-have-acted.ts';
import { recordOf } from '../undo/undo-record.ts';

/**
 * Whom a step asks when it asks. An inverse asks whoever the undo step names, else the approvers of
 * what is taken back (language reference 6).
 */
export function approvalOf(
  context: RunContext,
  step: ActionStep | ApprovalStep | ForeachStep | CallStep | UndoStep,
): AskedApproval {
  const state = context.steps[step.path] ?? emptyStep;
  const terms = state.demand?.terms;
  const authors = authorsApproval(context, step);
  const asked = terms === undefined ? authors : underTerms(authors, terms);
  // What an earlier attempt may have done, it did with these arguments: others would be another action.
  return mayHaveActed(state, state.failure) ? { ...asked, editable: [] } : asked;
}

/** What is asked: the author's block, made stricter by the operator's guardrails. */
export interface AskedApproval extends PlanApproval {
  glassQuorum?: number;
}

/** Language reference 5, rule 5. Who is added later has to be named by the guard as well. */
export function underTerms(approval: PlanApproval, terms: AskTerms): AskedApproval {
  const { approvers, quorum, glassQuorum = quorum } = terms;
  const stricter = { ...approval, quorum: Math.max(approval.quorum, quorum), glassQuorum, separate: true };
  if (approvers.length === 0) return stricter;
  const common = approval.approvers.filter((each) => approvers.includes(each));
  return {
    ...stricter,
    approvers: common.length === 0 ? approvers : common,
    escalate: approval.escalate.map((each) => ({
      ...each,
      to: each.to.filter((name) => approvers.includes(name)),
    })),
  };
}

function authorsApproval(
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
