import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Tx } from '../sql.ts';

/** One decision at a time per key, among all engines, until the transaction ends. */
export async function lockKey(tx: Tx, tenant: TenantId, key: string): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${tenant}/${key}`]);
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
select id from runs
where tenant_id = $1 and playbook_id = $2 and dedupe_key = $3
  and created_at > (select clock_timestamp()) - make_interval(secs => $4 / 1000.0)
  and state in ('queued', 'running', 'waiting', 'undoing', 'succeeded')
order by created_at desc
limit 1`;

export async function findEarlierRun(
  tx: Tx,
  tenant: TenantId,
  playbookId: string,
  key: string,
  windowMs: number,
): Promise<RunId | null> {
  return (await tx.query<{ id: RunId }>(earlier, [tenant, playbookId, key, windowMs])).rows[0]?.id ?? null;
}

const full = `
select count(*) >= $3 as full from runs
where tenant_id = $1 and concurrency_group = $2 and (state = 'queued' or (state in ('running', 'waiting', 'undoing') and place <> 'away'))`;

export async function groupIsFull(tx: Tx, tenant: TenantId, group: string, limit: number): Promise<boolean> {
  return (await tx.query<{ full: boolean }>(full, [tenant, group, limit])).rows[0]?.full ?? false;
}
