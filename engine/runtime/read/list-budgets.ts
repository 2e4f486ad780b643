import type { TenantId } from '../../../schemas/ids.ts';
import type { Guardrails } from '../../core/guard/guardrails.ts';
import { fleetWindowMs, targetsOfShare } from '../../core/guard/share-of-fleet.ts';
import { countKnown, loadGuardrails } from '../store/queries/guardrails-versions.ts';
import type { Sql } from '../store/sql.ts';

/** A limit of the guardrails in force, and how much of it is spent at this moment. */
export interface BudgetItem {
  id: string;
  budget: string;
  classes: string[];
  targetKind: string;
  /** How many targets it allows now; null while the fleet that it is a share of is not known. */
  targets: number | null;
  share: number | null;
  spent: number;
  perMs: number;
  onExceed: string;
  reason: string;
  /** Questions that it holds. */
  waiting: number;
}

const spentText = `
select (select count(distinct target)::int from reservations
    where tenant_id = $1 and budget = $2 and at > (select clock_timestamp()) - make_interval(secs => $3 / 1000.0)) as spent,
  (select count(*)::int from approvals where tenant_id = $1 and held_by = $2 and state = 'pending') as waiting`;

export async function listBudgets(sql: Sql, tenant: TenantId, version: number): Promise<BudgetItem[]> {
  const guardrails = version === 0 ? null : await loadGuardrails(sql, tenant, version);
  if (guardrails === null) return [];
  return Promise.all(guardrails.limits.map((limit) => budgetOf(sql, tenant, limit)));
}

async function budgetOf(
  sql: Sql,
  tenant: TenantId,
  { id, classes, targetKind, size, perMs, onExceed, reason }: Guardrails['limits'][number],
): Promise<BudgetItem> {
  const budget = `guardrails:${id}`;
  const share = 'share' in size ? size.share : null;
  const targets =
    'targets' in size
      ? size.targets
      : targetsOfShare(size.share, await countKnown(sql, tenant, targetKind, fleetWindowMs));
  const { rows } = await sql.query<{ spent: number; waiting: number }>(spentText, [tenant, budget, perMs]);
  const { spent = 0, waiting = 0 } = rows[0] ?? {};
  return { id, budget, classes, targetKind, targets, share, spent, perMs, onExceed, reason, waiting };
}
