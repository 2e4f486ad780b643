import type { AskTerms } from '../contracts/command.ts';
import type { ApprovalStep, ForeachStep } from '../contracts/plan.ts';
import type { Under } from '../contracts/scope.ts';
import { emptyStep, type RunContext } from '../run/context.ts';
import { approvalOf } from './approval-of.ts';

/** What a yes to this question is given under, as it was asked. */
export function askedUnder(
  context: RunContext,
  step: ApprovalStep | ForeachStep,
  by: readonly string[],
): Under {
  const { approvers, escalate, quorum } = approvalOf(context, step);
  // Nobody said it where nobody was asked: in mode `audit`.
  const people = by.length > 0 && by.length < quorum ? { people: by.length } : {};
  const later = escalate.flatMap(({ to }) => to);
  const budgets = (context.steps[step.path] ?? emptyStep).demand?.budgets ?? [];
  return { approvers: [...new Set([...approvers, ...later])], quorum, ...people, budgets };
}

/** Whether whoever said yes are as many and as chosen as somebody else wants them. */
export function meetsTerms(under: Under, terms: AskTerms): boolean {
  if (under.quorum < terms.quorum) return false;
  if (under.people !== undefined && under.people < glassQuorumOf(terms)) return false;
  return terms.approvers.length === 0 || under.approvers.every((each) => terms.approvers.includes(each));
}

export function glassQuorumOf({ quorum, glassQuorum = quorum }: AskTerms): number {
  return glassQuorum;
}
