import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { JsonObject } from '../../../../schemas/json.ts';
import { invariant } from '../../../core/contracts/invariant.ts';
import type { RunGiven } from '../../../core/run/context.ts';
import type { KeptAlert, KeptRun, KeptRuns } from '../../keep-runs.ts';
import type { Tx } from '../sql.ts';

/* What never changes of runs; what they were given as text, so that its length is known. */
const unchanging = `
select id as "runId", digest, compiler_version as "compilerVersion", snapshot_version as "snapshotVersion", priority,
  playbook_id as "playbookId", playbook_version as "playbookVersion", alert_id as "alertId", incident_id as "incidentId",
  concurrency_group as "concurrencyGroup", concurrency_limit as "concurrencyLimit", restart_of as "restartOf",
  case when attached then json_build_object('runId', parent_run_id, 'scope', parent_scope, 'ref', parent_ref) end as caller,
  encode(alert_sha256, 'hex') as "alertSha256", given::text
from runs where tenant_id = $1 and id = any($2)`;

const alerts = `
select w.sha256, a.alert::text from unnest($2::text[]) as w(sha256)
join given_alerts a on a.tenant_id = $1 and a.sha256 = decode(w.sha256, 'hex')`;

type Row = Omit<KeptRun, 'given'> & { given: string };

/** An alert can be a megabyte: what is not kept is read once per run and batch, and once for all that were given the same. */
export async function readKeptRuns(
  tx: Tx,
  tenant: TenantId,
  names: readonly { runId: RunId }[],
  kept: KeptRuns,
): Promise<Map<RunId, KeptRun>> {
  const found = new Map<RunId, KeptRun>();
  const missing = new Set<RunId>();
  for (const { runId } of names) {
    const known = kept.get(runId);
    if (known === undefined) missing.add(runId);
    else found.set(runId, known);
  }
  if (missing.size === 0) return found;
  const { rows } = await tx.query<Row>(unchanging, [tenant, [...missing]]);
  const beside = await readAlerts(tx, tenant, rows, kept);
  for (const row of rows) {
    const alert = row.alertSha256 === null ? undefined : beside.get(row.alertSha256);
    invariant(
      row.alertSha256 === null || alert !== undefined,
      `run ${row.runId} has the alert that it was given`,
    );
    const given = JSON.parse(row.given) as RunGiven;
    const run = { ...row, given: alert === undefined ? given : { ...given, alert: alert.alert } };
    found.set(run.runId, run);
    kept.keep(run, row.given.length, alert?.chars);
  }
  return found;
}

async function readAlerts(
  tx: Tx,
  tenant: TenantId,
  rows: readonly Row[],
  kept: KeptRuns,
): Promise<Map<string, KeptAlert>> {
  const found = new Map<string, KeptAlert>();
  const missing = new Set<string>();
  for (const { alertSha256 } of rows) {
    if (alertSha256 === null) continue;
    const known = kept.alertOf(alertSha256);
    if (known === undefined) missing.add(alertSha256);
    else found.set(alertSha256, known);
  }
  if (missing.size === 0) return found;
  const read = await tx.query<{ sha256: string; alert: string }>(alerts, [tenant, [...missing]]);
  for (const { sha256, alert } of read.rows)
    found.set(sha256, { alert: JSON.parse(alert) as JsonObject, chars: alert.length });
  return found;
}
