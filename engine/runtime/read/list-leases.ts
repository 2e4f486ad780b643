import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { type Target, targetOf } from './target.ts';
import { timeOf } from './time.ts';

/** A containment that is held for a time. */
export interface LeaseItem {
  id: string;
  runId: string;
  step: string;
  action: string;
  effect: string | null;
  target: Target | null;
  since: string | null;
  until: string | null;
  atEnd: string;
  /** People are being asked whether to release it. */
  asked: boolean;
}

type Row = Omit<LeaseItem, 'since' | 'until' | 'target'> & {
  since: Date;
  until: Date;
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
};

/** The soonest end first. */
export async function listLeases(
  sql: Sql,
  tenant: TenantId,
  filter: { run?: string | undefined },
): Promise<LeaseItem[]> {
  const { rows } = await sql.query<Row>(
    `select id, run_id as "runId", step_path as step, action, effect, leased_at as since, lease_until as until,
       lease_at_end as "atEnd", lease_asked is not null as asked,
       target_kind, target_id, (select t.facts->>'name' from target_facts t where t.tenant_id = u.tenant_id
         and t.kind = u.target_kind and t.target_id = u.target_id) as target_name
     from undo_records u where tenant_id = $1 and state = 'done' and lease_until is not null
       and ($2::text is null or run_id = $2)
     order by lease_until, id limit 1000`,
    [tenant, filter.run ?? null],
  );
  return rows.map(({ target_kind, target_id, target_name, since, until, ...lease }) => ({
    ...lease,
    target: targetOf(target_kind, target_id, target_name),
    since: timeOf(since),
    until: timeOf(until),
  }));
}
