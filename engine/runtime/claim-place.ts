import type { RunId, TenantId } from '../../schemas/ids.ts';
import type { Started } from './engine-parts.ts';
import { lockKey } from './store/queries/crowd-control.ts';
import type { LockedRun } from './store/queries/lock-scopes.ts';
import type { Sql, Tx } from './store/sql.ts';
import type { World } from './world.ts';

/*
 * A run's place in its concurrency group (language reference 9.15, item 6). It is given back for a wait
 * and wanted again after it; whoever returns is served ahead of newcomers. One lock per group makes
 * counting and taking one step among all engines.
 */

export async function givePlace(world: World, run: LockedRun): Promise<void> {
  if (run.concurrencyGroup === null) return;
  await world.tx.query(
    `update runs set place = 'away', place_wanted_at = null where tenant_id = $1 and id = $2`,
    [world.parts.tenant, run.runId],
  );
  world.batch.freedGroups.push(run.concurrencyGroup);
}

/**
 * True: the run has its place. False: it is in the queue, and is told when its turn comes.
 * @param from where it has to stand: who wants its place back has given it away, and who is served returns. Another
 * engine may have served it a moment ago, and it may have given the place back for its next wait.
 */
export async function takePlace(
  tx: Tx,
  tenant: TenantId,
  run: Started,
  from: 'away' | 'returning',
): Promise<boolean> {
  const { group, limit, runId } = run;
  if (group === null) return true;
  await lockKey(tx, tenant, `group/${group}`);
  const { rows } = await tx.query<{ place: string }>(take, [tenant, runId, group, limit ?? 1, from]);
  return rows[0]?.place === 'held';
}

const take = `
update runs r set place_wanted_at = coalesce(r.place_wanted_at, clock_timestamp()),
  place = case when (
    select count(*) from runs o
    where o.tenant_id = $1 and o.concurrency_group = $3 and o.id <> r.id
      and o.state in ('running', 'waiting', 'undoing')
      and (o.place = 'held' or (o.place = 'returning'
        and (o.place_wanted_at, o.id) < (coalesce(r.place_wanted_at, clock_timestamp()), r.id)))
  ) < $4 then 'held' else 'returning' end
where r.tenant_id = $1 and r.id = $2 and r.place = $5
returning r.place`;

/**
 * Whether a run that has not begun is next in its group and the group has a place.
 * @param except those that nobody can begin: the group does not wait for them
 */
export async function hasPlace(
  tx: Tx,
  tenant: TenantId,
  runId: RunId,
  group: string,
  limit: number,
  except: readonly RunId[] = [],
): Promise<boolean> {
  await lockKey(tx, tenant, `group/${group}`);
  const { rows } = await tx.query<{ free: boolean }>(place, [tenant, runId, group, limit, except]);
  return rows[0]?.free ?? false;
}

const place = `
select state = 'queued' and (
  select count(*) from runs o
  where o.tenant_id = $1 and o.concurrency_group = $3 and (
    (o.state in ('running', 'waiting', 'undoing') and o.place <> 'away')
    or (o.state = 'queued' and (o.created_at, o.id) < (r.created_at, r.id) and o.id <> all($5)))
) < $4 as free
from runs r where r.tenant_id = $1 and r.id = $2`;

const returning = `
select id as "runId", concurrency_group as "group", concurrency_limit as "limit" from runs
where tenant_id = $1 and place = 'returning' and state in ('running', 'waiting', 'undoing') and id <> all($3)
order by place_wanted_at
limit $2`;

/** Runs that want their place back, the longest waiting first, but for some that are left alone. */
export async function findReturning(
  sql: Sql,
  tenant: TenantId,
  limit: number,
  except: readonly RunId[],
): Promise<Started[]> {
  return (await sql.query<Started>(returning, [tenant, limit, except])).rows;
}
