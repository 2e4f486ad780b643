import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Sql } from '../sql.ts';
import type { Narrowing } from './undo-records.ts';

/** A run of an incident that an undo of it is about. */
export interface IncidentRun {
  id: RunId;
  state: string;
  /** It moves still, or one that took it up again does; what it did is not looked at. */
  open: boolean;
  /** Records left to take back, of its attached children and of runs that it is a restart of as well. */
  records: string[];
}

/*
 * In: tenant, incident, an action and a record's id or null, how many. Out: ended runs with records left,
 * the newest first, and after them runs under way, however many of these came since. Attached children
 * stand with the run that called them.
 */
const runs = `
with recursive tree as (
  select r.id as root, r.id, r.restart_of from runs r
  where r.tenant_id = $1 and r.incident_id = $2 and not (r.parent_run_id is not null and r.attached)
  union
  select t.root, r.id, r.restart_of from tree t
  join runs r on r.tenant_id = $1 and (r.id = t.restart_of or (r.parent_run_id = t.id and r.attached))
),
remaining as (
  select t.root, array_agg(u.id order by u.seq desc) as records
  from tree t
  join undo_records u on u.tenant_id = $1 and u.run_id = t.id and u.state in ('done', 'undo-failed', 'changed-since')
    and ($3::text is null or u.action = $3) and ($4::text is null or u.id = $4)
  group by t.root
),
moving as (
  select distinct t.id from tree t join runs o on o.tenant_id = $1 and o.id = t.root
  where o.state in ('queued', 'running', 'waiting', 'undoing')
)
select r.id, r.state, r.id = any(array(select id from moving)) as open, coalesce(l.records, '{}') as records
from runs r left join remaining l on l.root = r.id
where r.tenant_id = $1 and r.incident_id = $2 and not (r.parent_run_id is not null and r.attached)
  and (l.root is not null or r.state in ('queued', 'running', 'waiting', 'undoing'))
order by open, r.created_at desc, r.id desc limit $5`;

export async function runsToUndo(
  sql: Sql,
  tenant: TenantId,
  incident: string,
  only: Narrowing,
  limit: number,
): Promise<IncidentRun[]> {
  const { rows } = await sql.query<IncidentRun>(runs, [tenant, incident, only.action, only.record, limit]);
  return rows;
}
