import type { JsonObject } from '../../schemas/json.ts';
import type { World } from './world.ts';

/**
 * What questions about one rule of the guardrails share: one step of one playbook, so the same people are asked.
 * A wave of alerts is then one line to read and not a hundred, and the first of them reminds of all.
 */
export function ruleKey(ids: string, playbookId: string, step: string): string {
  return `${rulePrefix}${ids} ${playbookId} ${step}`;
}

/** No budget's key begins so. */
export const rulePrefix = 'rule:';

/**
 * Whether others wait for this budget or rule. The reservation that failed holds the budget's lock until the
 * commit, so of all who ask in the same instant one is the first.
 */
export async function isHolding(
  { tx, parts, batch }: World,
  budget: string,
  own: { runId: string; ref: string },
): Promise<boolean> {
  if (batch.approvals.some((row) => row.held_by === budget && row.state === 'pending' && !isOwn(row, own)))
    return true;
  const { rows } = await tx.query(
    `select 1 from approvals where tenant_id = $1 and held_by = $2 and state = 'pending'
       and (run_id, step_path) <> ($3, $4) limit 1`,
    [parts.tenant, budget, own.runId, own.ref],
  );
  return rows.length > 0;
}

/** The question that a new one of the same step takes the place of; nobody joins himself. */
function isOwn(row: JsonObject, { runId, ref }: { runId: string; ref: string }): boolean {
  return row.run_id === runId && row.step_path === ref;
}
