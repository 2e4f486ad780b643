import type { TenantId } from '../../../../schemas/ids.ts';
import type { RunEvent } from '../../../core/contracts/command.ts';
import type { ScopeName } from '../../scope-name.ts';
import type { Sql, Tx } from '../sql.ts';

/*
 * All that was told to some scopes, in the order it was told. Deleting is taking: the scopes are
 * locked, so nobody else can take the same.
 */
const take = `
with taken as (
  delete from messages m
  using unnest($2::text[], $3::text[]) as w(run_id, path)
  where m.tenant_id = $1 and m.run_id = w.run_id and m.scope_path = w.path
  returning m.id, m.run_id, m.scope_path, m.event
)
select run_id as "runId", scope_path as path, event from taken order by id`;

export async function takeMessages(
  tx: Tx,
  tenant: TenantId,
  names: readonly ScopeName[],
): Promise<(ScopeName & { event: RunEvent })[]> {
  if (names.length === 0) return [];
  const answer = await tx.query<ScopeName & { event: RunEvent }>(take, [
    tenant,
    names.map((name) => name.runId),
    names.map((name) => name.path),
  ]);
  return answer.rows;
}

const earlier = `
with taken as (
  delete from messages m
  where m.tenant_id = $1 and m.run_id = $2 and m.scope_path = $3 and m.created_at <= to_timestamp($4 / 1000.0)
  returning m.id, m.event
)
select event from taken order by id`;

/** What one scope was told up to an instant; it is locked as well. */
export async function takeEarlier(
  tx: Tx,
  tenant: TenantId,
  { runId, path }: ScopeName,
  untilMs: number,
): Promise<RunEvent[]> {
  const answer = await tx.query<{ event: RunEvent }>(earlier, [tenant, runId, path, untilMs]);
  return answer.rows.map(({ event }) => event);
}

/*
 * Scopes with unread messages, oldest first: what a crash between two transactions left behind. Runs
 * that this engine cannot load are left to the one that can.
 */
const left = `
select run_id as "runId", scope_path as path
from (
  select m.run_id, m.scope_path, m.id from messages m
  where m.tenant_id = $1 and not exists (select 1 from runs r where r.tenant_id = $1 and r.id = m.run_id
    and r.state = 'waiting' and r.reason = 'run/needs-engine')
  order by m.id
  limit $2
) oldest
group by run_id, scope_path
order by min(id)`;

export async function findUnread(sql: Sql, tenant: TenantId, limit: number): Promise<ScopeName[]> {
  return (await sql.query<ScopeName>(left, [tenant, limit])).rows;
}
