import type { World } from './world.ts';

/**
 * Whether others wait for this budget. The reservation that failed holds the budget's lock until the
 * commit, so of all who ask in the same instant one is the first.
 */
export async function isHolding({ tx, parts, batch }: World, budget: string): Promise<boolean> {
  if (batch.approvals.some((row) => row.held_by === budget && row.state === 'pending')) return true;
  const { rows } = await tx.query(
    `select 1 from approvals where tenant_id = $1 and held_by = $2 and state = 'pending' limit 1`,
    [parts.tenant, budget],
  );
  return rows.length > 0;
}
