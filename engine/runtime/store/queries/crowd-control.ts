import type { AlertId, RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Tx } from '../sql.ts';

/** One decision at a time per key, among all engines, until the transaction ends. */
export async function lockKey(tx: Tx, tenant: TenantId, key: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${tenant}/${key}`]);
}

/** The same for many, in one order for everybody. */
export async function lockKeys(tx: Tx, tenant: TenantId, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const sorted = [...new Set(keys)].sort().map((key) => `${tenant}/${key}`);
  await tx.query(
    'select count(pg_advisory_xact_lock(hashtextextended(key, 0))) from unnest($1::text[]) as key',
    [sorted],
  );
}

/** Which of these starts have been made before (language reference 9.11). */
export async function knownRuns(tx: Tx, tenant: TenantId, runKeys: readonly string[]): Promise<string[]> {
  if (runKeys.length === 0) return [];
  const text = 'select run_key as "runKey" from runs where tenant_id = $1 and run_key = any($2)';
  return (await tx.query<{ runKey: string }>(text, [tenant, runKeys])).rows.map((row) => row.runKey);
}

/*
 * The run that covers a duplicate (language reference 9.15, item 5): started within the window and
 * still active or ended `succeeded`. One that was denied, failed, cancelled or undone covers
 * nothing: the danger may be back. Runs started by hand do count.
 */
const earlier = `
select x."playbookId", x.key, covering.id as "runId"
from json_to_recordset($2::json) as x("playbookId" text, key text, "windowMs" bigint)
cross join lateral (
  select id from runs
  where tenant_id = $1 and playbook_id = x."playbookId" and dedupe_key = x.key
    and created_at > (select clock_timestamp()) - make_interval(secs => x."windowMs" / 1000.0)
    and state in ('queued', 'running', 'waiting', 'undoing', 'succeeded')
  order by created_at desc
  limit 1
) covering`;

export interface DedupeName {
  playbookId: string;
  key: string;
}

export async function findEarlierRuns(
  tx: Tx,
  tenant: TenantId,
  names: readonly (DedupeName & { windowMs: number })[],
): Promise<(DedupeName & { runId: RunId })[]> {
  if (names.length === 0) return [];
  return (await tx.query<DedupeName & { runId: RunId }>(earlier, [tenant, JSON.stringify(names)])).rows;
}

const taken = `
select wanted.name as "group", (
  select count(*)::int from (
    select from runs
    where tenant_id = $1 and concurrency_group = wanted.name
      and (state = 'queued' or (state in ('running', 'waiting', 'undoing') and place <> 'away'))
    limit wanted.most
  ) counted
) as taken
from json_to_recordset($2::json) as wanted (name text, most int)`;

/** How many runs of groups have a place or are ahead of a newcomer; counted up to the group's limit. */
export async function takenPlaces(
  tx: Tx,
  tenant: TenantId,
  groups: readonly { name: string; most: number }[],
): Promise<{ group: string; taken: number }[]> {
  if (groups.length === 0) return [];
  return (await tx.query<{ group: string; taken: number }>(taken, [tenant, JSON.stringify(groups)])).rows;
}

const attach = `
insert into run_alerts (tenant_id, run_id, alert_id)
select $1, run_id, alert_id from json_to_recordset($2::json) as x(run_id text, alert_id text)
on conflict do nothing`;

/** Alerts that belong to what a run is already doing. */
export async function attachAlerts(
  tx: Tx,
  tenant: TenantId,
  rows: readonly { run_id: RunId; alert_id: AlertId }[],
): Promise<void> {
  if (rows.length > 0) await tx.query(attach, [tenant, JSON.stringify(rows)]);
}
