import { masked, maskValues } from '../../engine/core/identity/mask-values.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import type { JsonObject } from '../../schemas/json.ts';

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
      evidence: card.evidence.map(({ label, value }) => ({
        label,
        ...(value !== undefined && { value: masked }),
      })),
    },
    plan: maskPlan(plan),
    facts: [],
  };
}

/** Which action, where and until when; the card says as much. Whatever else is signed may hold values. */
const open = new Set([
  'v',
  'run_id',
  'step_id',
  'attempt_group',
  'playbook',
  'connector',
  'action',
  'actions',
  'child',
  'attach',
  'targets',
  'reversible',
  'lease_seconds',
  'expires_at',
  'nonce',
  'items_sha256',
]);

function maskPlan(plan: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(plan).map(([name, value]) => [name, open.has(name) ? value : maskValues(value)]),
  );
}
