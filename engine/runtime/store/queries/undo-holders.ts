import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { HeldRecord } from '../../../core/undo/explain-undo.ts';
import type { Sql } from '../sql.ts';

/** A record of an undo with who else holds its effect. */
export interface HolderView extends HeldRecord {
  runId: RunId;
  stepPath: string;
  stepName: string;
  action: string;
  targetName: string | null;
}

/*
 * In: tenant, records. Out: each with its origin as the hold knows it, and up to 20 runs that hold the
 * effect by a step that is none of these records.
 */
const holders = `
select u.id, u.run_id as "runId", u.step_path as "stepPath", u.step_name as "stepName", u.action, u.effect,
  case when u.target_kind is not null then json_build_object('kind', u.target_kind, 'id', u.target_id) end as target,
  t.facts->>'name' as "targetName", coalesce(h.origin, u.origin) as origin, u.inverse->>'irreversible' as irreversible,
  array(select distinct o.run_id from holds o
    where o.tenant_id = $1 and o.effect = u.effect and o.target_kind = u.target_kind and o.target_id = u.target_id
      and o.state in ('wanted', 'held')
      and not exists (select 1 from undo_records c where c.tenant_id = $1 and c.id = any($2::text[])
        and c.run_id = o.run_id and c.step_path = o.step_path)
    limit 20) as "heldBy"
from undo_records u
left join holds h on h.tenant_id = $1 and h.effect = u.effect and h.target_kind = u.target_kind
  and h.target_id = u.target_id and h.run_id = u.run_id and h.step_path = u.step_path
left join target_facts t on t.tenant_id = $1 and t.kind = u.target_kind and t.target_id = u.target_id
where u.tenant_id = $1 and u.id = any($2::text[])
order by u.seq desc`;

export async function holdersOf(sql: Sql, tenant: TenantId, ids: readonly string[]): Promise<HolderView[]> {
  return (await sql.query<HolderView>(holders, [tenant, ids])).rows;
}
