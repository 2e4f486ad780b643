import type { TenantId } from '../../../schemas/ids.ts';
import { rulePrefix } from '../held-budgets.ts';
import type { Sql } from '../store/sql.ts';
import { expiresAt } from './expires-at.ts';
import { timeOf } from './time.ts';

/** A budget that is used up, or a rule that asks about each of many, and what waits for it: one request to people, however many questions. */
export interface HeldRequest {
  budget: string;
  kind: 'budget' | 'rule';
  /** What it says of itself. */
  reason: string;
  waiting: number;
  targets: number;
  actions: string[];
  playbooks: string[];
  since: string;
  /** The first of them that is a no when nobody decides. */
  expiresAt: string;
}

interface Row extends Omit<HeldRequest, 'since' | 'expiresAt'> {
  since: Date;
  expiresAt: Date;
}

const text = `
with held as (
  select p.held_by, p.held_reason, p.requested_at, ${expiresAt('p')} as approve_before, p.card->>'action' as action, r.playbook_id,
    p.card->'targets'->0->>'kind' as kind, p.card->'targets'->0->>'id' as target
  from approvals p join runs r on r.tenant_id = p.tenant_id and r.id = p.run_id
  where p.tenant_id = $1 and p.state = 'pending' and p.held_by is not null and ($2::text is null or p.held_by = $2)
)
select held_by as budget, case when held_by like '${rulePrefix}%' then 'rule' else 'budget' end as kind, (array_agg(held_reason order by requested_at desc))[1] as reason, count(*)::int as waiting,
  count(distinct (kind, target))::int as targets, array_agg(distinct action) as actions,
  array_agg(distinct playbook_id) as playbooks, min(requested_at) as since, min(approve_before) as "expiresAt"
from held group by held_by
-- A single question of a rule is a card like any other.
having $2::text is not null or held_by not like '${rulePrefix}%' or count(*) > 1
order by min(approve_before), held_by limit 200`;

export async function listHeld(
  sql: Sql,
  tenant: TenantId,
  budget: string | null = null,
): Promise<HeldRequest[]> {
  const { rows } = await sql.query<Row>(text, [tenant, budget]);
  return rows.map((row) => ({ ...row, since: timeOf(row.since), expiresAt: timeOf(row.expiresAt) }));
}
