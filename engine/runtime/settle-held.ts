import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { type DecisionInput, type Settled, settleApproval } from './settle-approval.ts';

/*
 * One word about several of those that a budget holds. Each is a decision of its own, bound to the digest
 * that was shown for it and judged like any other: whoever may not decide one of them decides the rest.
 */

export interface HeldInput extends Omit<DecisionInput, 'approvalId' | 'digest' | 'round'> {
  budget: string;
  approvals: readonly { id: ApprovalId; digest: string; round?: number }[];
}

export type HeldAnswer = { id: ApprovalId } & Settled;

export async function settleHeld(
  parts: EngineParts,
  advancer: Advancer,
  { budget, approvals, ...decision }: HeldInput,
): Promise<HeldAnswer[]> {
  const ids = approvals.map(({ id }) => id);
  const { rows } = await parts.database.query<{ id: string }>(
    'select id from approvals where tenant_id = $1 and held_by = $2 and id = any($3)',
    [parts.tenant, budget, ids],
  );
  const held = new Set(rows.map(({ id }) => id));
  // Together, so that they share transactions.
  return Promise.all(
    approvals.map(async ({ id, ...seen }): Promise<HeldAnswer> => {
      if (!held.has(id)) return { id, ok: false, ...notHeld };
      return { id, ...(await settleApproval(parts, advancer, { ...decision, ...seen, approvalId: id })) };
    }),
  );
}

const notHeld: { code: Code; detail: string } = {
  code: 'request/not-found',
  detail: 'this budget holds no such approval; nothing was recorded',
};
