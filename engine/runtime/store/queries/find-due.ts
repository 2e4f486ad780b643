import type { DeadlineId, TenantId } from '../../../../schemas/ids.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Sql } from '../sql.ts';
import { onApprovalClock } from './approval-clocks.ts';

export type Due = ScopeName & { id: DeadlineId };

/** While everything is paused those of questions stand still: thousands of them would hide what is due. */
const running = `tenant_id = $1
  and (kind <> all($3) or not exists (select 1 from pauses p where p.tenant_id = $1 and p.active))`;

/*
 * The clock is asked in a sub-select, once: compared with directly it is asked for every row, and then no index
 * can end the reading. With a million deadlines and none due that was a million rows at every look.
 */
const due = `
select id, run_id as "runId", scope_path as path from deadlines
where ${running} and due_at <= (select clock_timestamp())
order by due_at
limit $2`;

const alarms = `
select run_id as "runId", path from scopes
where tenant_id = $1 and live <> 'ended' and alarm_at <= (select clock_timestamp())
order by alarm_at
limit $2`;

/** Scopes in whose rows something may be due. */
export async function findAlarms(sql: Sql, tenant: TenantId, limit: number): Promise<ScopeName[]> {
  return (await sql.query<ScopeName>(alarms, [tenant, limit])).rows;
}

export async function findDue(sql: Sql, tenant: TenantId, limit: number): Promise<Due[]> {
  return (await sql.query<Due>(due, [tenant, limit, onApprovalClock])).rows;
}

const next = `
select least($2::int, case when min(due_at) is not null
    then greatest(0, ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)) end)::int as "waitMs"
from (
  (select due_at from deadlines where ${running} order by due_at limit 1)
  union all
  (select alarm_at from scopes where tenant_id = $1 and live <> 'ended' and alarm_at is not null order by alarm_at limit 1)
) first (due_at)`;

/** Milliseconds until the next deadline, at most `maxMs`. */
export async function nextDueMs(sql: Sql, tenant: TenantId, maxMs: number): Promise<number> {
  return (
    (await sql.query<{ waitMs: number | null }>(next, [tenant, maxMs, onApprovalClock])).rows[0]?.waitMs ??
    maxMs
  );
}

/* Not of rows that somebody is at work on: those may be moving after all. */
const later = `
with troubled as (
  select * from unnest($2::text[], $3::text[]) as x(run_id, path)
),
silenced as (
  update scopes s set alarm_at = clock_timestamp() + interval '1 minute'
  from (select s.run_id, s.path from troubled x join scopes s on s.tenant_id = $1 and s.run_id = x.run_id and s.path = x.path
    where s.alarm_at <= clock_timestamp() for update of s skip locked) mine
  where s.tenant_id = $1 and s.run_id = mine.run_id and s.path = mine.path
),
claimed as (
  update attempts a set lease_until = clock_timestamp() + interval '1 minute'
  from (select a.id from troubled x join attempts a on a.tenant_id = $1 and a.run_id = x.run_id and a.scope_path = x.path
    where a.state = 'claimed' and a.lease_until < clock_timestamp() for update of a skip locked) mine
  where a.tenant_id = $1 and a.id = mine.id
)
update deadlines d set due_at = clock_timestamp() + interval '1 minute'
from (select d.id from troubled x join deadlines d on d.tenant_id = $1 and d.run_id = x.run_id and d.scope_path = x.path
  where d.due_at <= clock_timestamp() for update of d skip locked) mine
where d.tenant_id = $1 and d.id = mine.id`;

export async function putOff(sql: Sql, tenant: TenantId, scopes: readonly ScopeName[]): Promise<void> {
  await sql.query(later, [tenant, scopes.map(({ runId }) => runId), scopes.map(({ path }) => path)]);
}
