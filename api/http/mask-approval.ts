import { maskValues } from '../../engine/core/identity/mask-values.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';

/** A card for somebody who may see that a question waits, and not with which values. */
export function maskApproval(approval: ApprovalDetail): ApprovalDetail {
  const { card, plan } = approval;
  return {
    ...approval,
    card: {
      ...card,
      arguments: card.arguments.map(({ name, value }) => ({
        name,
        value: maskValues(value),
      })),
      evidence: card.evidence.map(({ label }) => ({ label })),
    },
    plan: {
      ...plan,
      ...('params' in plan && { params: maskValues(plan.params ?? null) }),
    },
    facts: [],
  };
}
