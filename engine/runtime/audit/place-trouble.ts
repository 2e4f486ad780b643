import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';

/* What is wrong with a place outside, for the health and for the people who may have to give it up. */

const write = `
insert into audit_anchor as anchor (tenant_id, log_id, place, failing_since, problem)
values ($1, $2, $3, clock_timestamp(), $4)
on conflict (tenant_id, log_id, place) do update
set failing_since = coalesce(anchor.failing_since, excluded.failing_since), problem = excluded.problem`;

export async function noteTrouble(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  place: string,
  error: unknown,
): Promise<void> {
  const problem = (error instanceof Error ? error.message : String(error)).slice(0, 500);
  await sql.query(write, [tenant, logId, place, problem]);
}

const clear = `
update audit_anchor set failing_since = null, problem = null
where tenant_id = $1 and log_id = $2 and place = $3 and failing_since is not null`;

/** It has answered again. */
export async function clearTrouble(sql: Sql, tenant: TenantId, logId: string, place: string): Promise<void> {
  await sql.query(clear, [tenant, logId, place]);
}

/** In: tenant, log, the places that are configured here, what is wrong with the others. */
const writeMissing = `
insert into audit_anchor as anchor (tenant_id, log_id, place, failing_since, problem)
select $1, $2, place, clock_timestamp(), $4 from (
  select distinct place from audit_anchor_in_force where tenant_id = $1 and size > 0 and place <> all ($3::text[])
) as left_out
on conflict (tenant_id, log_id, place) do update
set failing_since = coalesce(anchor.failing_since, excluded.failing_since), problem = excluded.problem`;

const missing =
  'the sequencer that leads is not configured with it; configure it again, or two people give it up';

/** Places that were brought something before and that nobody here knows of any more. */
export async function noteMissing(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  configured: readonly string[],
): Promise<void> {
  await sql.query(writeMissing, [tenant, logId, configured, missing]);
}
