import type { AttemptId, RunId, TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import type { ActionClass } from '../../../core/contracts/action.ts';
import type { AttemptPurpose, Look } from '../../../core/contracts/command.ts';
import { compilerVersion } from '../../../core/contracts/plan.ts';
import { snapshotVersion } from '../../../core/run/context.ts';
import type { Sql, Tx } from '../sql.ts';
import { inForce } from './stops-in-force.ts';

export interface ClaimedAttempt {
  id: AttemptId;
  runId: RunId;
  path: string;
  fence: number;
  purpose: AttemptPurpose;
  number: number;
  action: string;
  /** As the run's plan pins it. */
  version: string;
  class: ActionClass;
  system: string;
  connection: string;
  arguments: JsonObject;
  handle: JsonObject | null;
  actionKey: string;
  timeoutMs: number;
  look: Look | null;
}

/** What holds everything of its kind back. */
export const switches = `stop as (
  select scope, subject, active or (scope = 'audit' and not audit_is_compared($1)) as active from stops
  where tenant_id = $1 and ${inForce} order by scope, subject for share
),
pause as (
  select active from pauses where tenant_id = $1 for share
)`;

/**
 * Whether attempt `a` may be claimed. Not: held by the emergency stop, the pause or the audit log; an eradication
 * whose intent has no index in the audit log yet; another claim of the same effect or another order to the same target.
 * `offset 0` has the two indexes asked for each attempt; otherwise all that was claimed since the last vacuum is read.
 */
export const goesOut = `(a.class <> 'eradicate' or a.purpose <> 'perform'
      or not exists (select 1 from audit_pack p where p.tenant_id = $1 and a.intent_entry_id = any(p.ids)))
    and (a.class not in ('contain', 'eradicate') or a.purpose <> 'perform' or not exists (
      select 1 from stop s join runs r on r.tenant_id = $1 and r.id = a.run_id
      where s.active and (s.scope in ('everything', 'audit') or (s.scope = 'system' and s.subject = a.system)
          or (s.scope = 'playbook' and s.subject = r.playbook_id))))
    and (a.class = 'restore' or a.purpose <> 'perform' or not exists (select 1 from pause p where p.active))
    and not exists (select 1 from attempts o
      where o.tenant_id = $1 and o.action_key = a.action_key and o.state = 'claimed' offset 0)
    and (a.purpose <> 'perform' or a.class in ('read', 'notify') or not exists (select 1 from attempts o
      where o.tenant_id = $1 and o.target_kind = a.target_kind and o.target_id = a.target_id and o.state = 'claimed'
        and o.purpose = 'perform' and o.class in ('restore', 'contain', 'eradicate') offset 0))`;

/*
 * A worker takes attempts of one lot.
 * In: tenant, attempt ids, worker name, margin in ms, the versions of compiler and snapshots that this process can
 * load. Out: those it now owns, with their fence.
 * Not taken: already claimed, ended or revoked, too old (`claim_before`), and what may not go out; and those of a run that this process cannot
 * load: whoever performs also takes the outcome in, and it would have nowhere to go. What is left in the outbox is
 * sent again later. The lease is on the database's clock, whatever the worker's says.
 */
const text = `
with ${switches},
wanted as (
  select a.id from attempts a
  where a.tenant_id = $1 and a.id = any($2) and a.state = 'queued'
    and exists (select 1 from runs r where r.tenant_id = $1 and r.id = a.run_id
      and r.compiler_version = $5 and r.snapshot_version = $6)
    and (a.claim_before is null or a.claim_before > clock_timestamp())
    and ${goesOut}
  order by a.id
  for update skip locked
),
claimed as (
  update attempts a set state = 'claimed', fence = a.fence + 1, worker = $3, claimed_at = clock_timestamp(),
    lease_until = clock_timestamp() + make_interval(secs => (a.timeout_ms + $4) / 1000.0)
  from wanted w
  where a.tenant_id = $1 and a.id = w.id
  returning a.id, a.run_id as "runId", a.scope_path as path, a.fence, a.purpose, a.number, a.action, a.action_version as version, a.class, a.system, a.connection,
    a.arguments, a.handle, a.action_key as "actionKey", a.timeout_ms as "timeoutMs",
    a.look
),
acknowledged as (
  delete from outbox o using claimed c where o.tenant_id = $1 and o.attempt_id = c.id
)
select * from claimed`;

export async function claimAttempts(
  tx: Tx,
  tenant: TenantId,
  ids: AttemptId[],
  worker: string,
  marginMs: number,
): Promise<ClaimedAttempt[]> {
  return (
    await tx.query<ClaimedAttempt>(text, [tenant, ids, worker, marginMs, compilerVersion, snapshotVersion])
  ).rows;
}

const standing = `
select a.id from unnest($3::text[], $4::int[]) as x(id, fence)
join attempts a on a.tenant_id = $1 and a.id = x.id and a.fence = x.fence
where a.state = 'claimed' and a.worker = $2 and a.lease_until > clock_timestamp()`;

/** Which of these claims of a worker are in force. */
export async function findStanding(
  sql: Sql,
  tenant: TenantId,
  worker: string,
  claims: readonly { id: AttemptId; fence: number }[],
): Promise<AttemptId[]> {
  const { rows } = await sql.query<{ id: AttemptId }>(standing, [
    tenant,
    worker,
    claims.map(({ id }) => id),
    claims.map(({ fence }) => fence),
  ]);
  return rows.map(({ id }) => id);
}

/*
 * Attempts whose worker has gone quiet, oldest first. Reporting them as lost is a compare-and-set of
 * its own, so finding one twice is harmless.
 */
const silent = `
select id, run_id as "runId", scope_path as path, fence from attempts
where tenant_id = $1 and state = 'claimed' and lease_until < (select clock_timestamp())
order by lease_until
limit $2`;

export async function findSilentAttempts(
  tx: Pick<Tx, 'query'>,
  tenant: TenantId,
  limit: number,
): Promise<{ id: AttemptId; runId: RunId; path: string; fence: number }[]> {
  return (
    await tx.query<{ id: AttemptId; runId: RunId; path: string; fence: number }>(silent, [tenant, limit])
  ).rows;
}
