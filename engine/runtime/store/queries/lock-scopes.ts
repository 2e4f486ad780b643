import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { RunGiven } from '../../../core/run/context.ts';
import type { Sql, Tx } from '../sql.ts';

export interface LockedScope {
  runId: RunId;
  path: string;
  version: number;
  snapshot: string;
  digest: string;
  compilerVersion: number;
  state: string;
  priority: number;
  playbookId: string;
  concurrencyGroup: string | null;
  given: RunGiven;
}

/*
 * Locks the scopes of some runs and reads what a decision needs.
 * In: tenant, run ids. Out: the database's time in milliseconds and one row per run that exists.
 * Always in order of the run id, so that two batches never wait for each other in a circle.
 */
const text = `
with locked as (
  select s.run_id, s.path, s.version, s.snapshot
  from scopes s
  where s.tenant_id = $1 and s.run_id = any($2) and s.path = 'run'
  order by s.run_id
  for update
)
select l.run_id as "runId", l.path, l.version, l.snapshot, r.digest, r.compiler_version as "compilerVersion",
  r.state, r.priority, r.playbook_id as "playbookId", r.concurrency_group as "concurrencyGroup", r.given
from locked l
join runs r on r.tenant_id = $1 and r.id = l.run_id
order by l.run_id`;

export async function lockScopes(
  tx: Tx,
  tenant: TenantId,
  runIds: RunId[],
): Promise<{ nowMs: number; scopes: LockedScope[] }> {
  const scopes = await tx.query<LockedScope>(text, [tenant, runIds]);
  return { nowMs: await databaseNowMs(tx), scopes: scopes.rows };
}

/** After the locks were won, not when the transaction began: waiting for a lock can take long. */
export async function databaseNowMs(tx: Sql): Promise<number> {
  const { rows } = await tx.query<{ nowMs: string }>(now);
  return Number(rows[0]?.nowMs);
}

const now = `select floor(extract(epoch from clock_timestamp()) * 1000)::text as "nowMs"`;
