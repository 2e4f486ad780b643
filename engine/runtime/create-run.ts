import { randomBytes } from 'node:crypto';
import type { AlertId, IncidentId, RunId, TenantId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Mode } from '../core/contracts/plan.ts';
import type { ScopeGiven } from '../core/contracts/scope.ts';
import { type RunGiven, type ScopeSnapshot, snapshotVersion } from '../core/run/context.ts';
import { initialSnapshot } from '../core/run/decide.ts';
import { allSteps } from '../core/run/list-steps.ts';
import type { SourceIncident } from '../core/run/own-incident.ts';
import { encodeSnapshot } from '../core/run/stored-snapshot.ts';
import type { LoadedPlan } from './engine-parts.ts';
import type { GivenAlert } from './given-alert.ts';
import { isLoadable } from './park-runs.ts';
import type { LockedScope } from './store/queries/lock-scopes.ts';
import { givenAlertRow, newRun } from './store/queries/row-types.ts';
import type { Row } from './store/row-type.ts';
import type { Tx } from './store/sql.ts';

export interface NewRun {
  runId: RunId;
  playbookId: string;
  playbookVersion: number;
  digest: string;
  sourceSha256: string;
  runKey: string;
  triggerId: string;
  alertId: AlertId | null;
  incidentId: IncidentId | null;
  /** Of a called run its caller's, though it does not see the alert. */
  incident: SourceIncident | null;
  alert: GivenAlert | null;
  inputs: JsonObject;
  mode: Mode;
  /** What it would be without the guardrails' ceiling; absent when that is the same. */
  askedMode?: Mode;
  /** 1 most urgent … 5. */
  priority: number;
  /** `per_…`, `tok_…`, or `trigger:<id>` when nobody did. */
  startedBy: string;
  /** People who may not decide this run's approvals. */
  excluded: string[];
  dedupeKey: string | null;
  concurrency: { group: string; limit: number } | null;
  url: string;
  /** What random functions of its expressions draw from; see `newSeed`. */
  seed: string;
  nowMs: number;
  /** The run whose `call` this is. */
  parent?: { runId: RunId; scope: string; ref: string; attached: boolean };
  /** Calls above this one; absent for a run that nobody called. */
  depth?: number;
  /** Runs behind this one through signals; absent for none. */
  chain?: number;
  /** The signal that started it, if it was not an alert. */
  signalId?: string;
  /** A run that takes up an ended one: what was done stays done (see restart-step.ts). */
  restart?: { of: RunId; snapshot: ScopeSnapshot; generations: { [stepPath: string]: number } };
}

/*
 * Runs. Those in state `queued` get their first scopes and steps here; what begins one is a separate,
 * repeatable step, so that a crash in between leaves a row that is found again. Those in state `running`
 * begin in this very transaction, which writes scope and steps as they are after the first decision.
 * In: tenant; the runs, in the order in which their groups serve them; the steps of each plan among them; the large
 * alerts among what they are given.
 * Out: the runs that were not there. One whose key exists already (the same alert delivered twice) is not
 * made again.
 */
const insertRuns = `
with wanted as (
  select * from unnest($2::new_run[]) with ordinality
),
kept as (
  insert into given_alerts (tenant_id, sha256, alert)
  select $1, sha256, alert::json from unnest($4::given_alert[])
  on conflict do nothing
),
created as (
  insert into runs (tenant_id, id, playbook_id, playbook_version, digest, compiler_version, snapshot_version, run_key,
    trigger_id, alert_id, incident_id, mode, priority, state, given, started_by, dedupe_key, concurrency_group,
    concurrency_limit, parent_run_id, parent_scope, parent_ref, attached, depth, chain, signal_id, restart_of, asked_mode,
    alert_sha256, started_at)
  select $1, id, playbook_id, playbook_version, digest, compiler_version, snapshot_version, run_key, trigger_id,
    alert_id, incident_id, mode, priority, state, given::json, started_by, dedupe_key, concurrency_group,
    concurrency_limit, parent_run_id, parent_scope, parent_ref, attached, depth, chain, signal_id, restart_of, asked_mode,
    alert_sha256, case when state <> 'queued' then clock_timestamp() end
  from wanted order by ordinality
  on conflict (tenant_id, run_key) do nothing
  returning id
),
first_scopes as (
  insert into scopes (tenant_id, run_id, path, version, snapshot)
  select $1, id, 'run', 0, wanted.snapshot from wanted join created using (id)
  where wanted.state = 'queued'
),
first_steps as (
  insert into steps (tenant_id, run_id, path, position, place, kind, name, action, status)
  select $1, wanted.id, step.path, step.position, array[step.position], step.kind, step.name, step.action, 'pending'
  from wanted
  join created using (id)
  join json_to_recordset($3::json) as step(digest text, path text, position int, kind text, name text, action text)
    on step.digest = wanted.digest
  where wanted.state = 'queued'
)
select id from created`;

export interface RunToCreate {
  loaded: LoadedPlan;
  run: NewRun;
  given: RunGiven;
  /** Its JSON, without an alert that is kept beside it. */
  givenText: string;
  /** False: another version compiled the plan, and what its steps and its snapshot are is left to an engine that knows. */
  loadable: boolean;
  /** It is advanced in this very transaction; until then its scope is not there. */
  beginsNow: boolean;
}

export function toCreate(tenant: TenantId, loaded: LoadedPlan, run: NewRun, beginsNow: boolean): RunToCreate {
  const given = givenOf(tenant, run);
  const loadable = canLoad(loaded);
  const inRow = run.alert?.sha256 == null ? given : { ...given, alert: undefined };
  return { loaded, run, given, givenText: JSON.stringify(inRow), loadable, beginsNow };
}

/** Whether this engine can begin a run of the plan. */
export function canLoad({ plan }: LoadedPlan): boolean {
  return isLoadable({ compilerVersion: plan.compilerVersion, snapshotVersion });
}

/** Creates runs that one transaction starts, in one statement. Returns the ids of those that were not there. */
export async function createRuns(
  tx: Tx,
  tenant: TenantId,
  wanted: readonly RunToCreate[],
): Promise<Set<RunId>> {
  if (wanted.length === 0) return new Set();
  const plans = new Map(
    wanted.filter((each) => each.loadable && !each.beginsNow).map(({ loaded, run }) => [run.digest, loaded]),
  );
  const steps = [...plans].flatMap(([digest, loaded]) =>
    stepRows(loaded).map((step) => ({ ...step, digest })),
  );
  const rows = wanted.map(runRow);
  const created = await tx.query<{ id: RunId }>(insertRuns, [
    tenant,
    newRun.pack(rows),
    JSON.stringify(steps),
    givenAlertRow.pack(largeAlerts(wanted)),
  ]);
  return new Set(created.rows.map((row) => row.id));
}

/** In one order, so that of two that keep the same ones each waits for the other's at the first. */
function largeAlerts(wanted: readonly RunToCreate[]): Row<typeof givenAlertRow>[] {
  const large = new Map<string, Row<typeof givenAlertRow>>();
  for (const { run } of wanted) {
    if (run.alert === null || run.alert.sha256 === null) continue;
    const { sha256, text } = run.alert;
    large.set(sha256.toString('hex'), { sha256, alert: text });
  }
  return [...large].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** False: a run with the same key exists already. */
export async function createRun(tx: Tx, tenant: TenantId, loaded: LoadedPlan, run: NewRun): Promise<boolean> {
  return (await createRuns(tx, tenant, [toCreate(tenant, loaded, run, false)])).has(run.runId);
}

/** What `lockScopes` would read of a run that begins in the transaction that creates it. */
export function firstScope({ loaded, run, given }: RunToCreate): LockedScope {
  const { runId } = run;
  return {
    runId,
    path: rootScope.path,
    kind: rootScope.kind,
    body: rootScope.body,
    parent: null,
    framePath: null,
    item: null,
    place: [],
    live: 'created',
    version: 0,
    snapshot: null,
    due: [],
    alarmMs: null,
    unwritten: true,
    run: {
      runId,
      digest: run.digest,
      compilerVersion: loaded.plan.compilerVersion,
      snapshotVersion,
      state: 'running',
      reason: null,
      priority: run.priority,
      playbookId: run.playbookId,
      playbookVersion: run.playbookVersion,
      alertId: run.alertId,
      incidentId: run.incidentId,
      concurrencyGroup: run.concurrency?.group ?? null,
      concurrencyLimit: run.concurrency?.limit ?? null,
      restartOf: run.restart?.of ?? null,
      caller: null,
      alertSha256: run.alert?.sha256?.toString('hex') ?? null,
      given,
    },
  };
}

function runRow({ loaded, run, givenText, loadable, beginsNow }: RunToCreate): Row<typeof newRun> {
  return {
    id: run.runId,
    playbook_id: run.playbookId,
    playbook_version: run.playbookVersion,
    digest: run.digest,
    compiler_version: loaded.plan.compilerVersion,
    snapshot_version: snapshotVersion,
    run_key: run.runKey,
    trigger_id: run.triggerId,
    alert_id: run.alertId,
    incident_id: run.incidentId,
    mode: run.mode,
    asked_mode: run.askedMode ?? null,
    priority: run.priority,
    state: beginsNow ? 'running' : 'queued',
    given: givenText,
    started_by: run.startedBy,
    dedupe_key: run.dedupeKey,
    concurrency_group: run.concurrency?.group ?? null,
    concurrency_limit: run.concurrency?.limit ?? null,
    parent_run_id: run.parent?.runId ?? null,
    parent_scope: run.parent?.scope ?? null,
    parent_ref: run.parent?.ref ?? null,
    attached: run.parent?.attached ?? false,
    depth: run.depth ?? 0,
    chain: run.chain ?? 0,
    signal_id: run.signalId ?? null,
    restart_of: run.restart?.of ?? null,
    snapshot:
      beginsNow || !loadable
        ? null
        : encodeSnapshot(run.restart?.snapshot ?? initialSnapshot(loaded.plan, rootScope)),
    alert_sha256: run.alert?.sha256 ?? null,
  };
}

export function newSeed(): string {
  return randomBytes(32).toString('hex');
}

/** The run's own scope; everything else is inside it. */
export const rootScope: ScopeGiven = {
  path: 'run',
  kind: 'run',
  body: 'run',
  parent: null,
  frame: null,
  item: null,
};

function stepRows(loaded: LoadedPlan): JsonObject[] {
  return allSteps(loaded.plan).map((step, position) => ({
    path: step.path,
    position,
    kind: step.kind,
    name: step.name,
    action: step.kind === 'action' ? step.action.key : null,
  }));
}

function givenOf(tenant: TenantId, run: NewRun): RunGiven {
  return {
    runId: run.runId,
    tenant,
    playbookVersion: run.playbookVersion,
    digest: run.digest,
    sourceSha256: run.sourceSha256,
    mode: run.mode,
    ...(run.askedMode !== undefined && { askedMode: run.askedMode }),
    triggerId: run.triggerId,
    alertId: run.alertId,
    incidentId: run.incidentId,
    incident: run.incident,
    alert: run.alert?.value ?? null,
    inputs: run.inputs,
    startedBy: run.startedBy,
    createdAtMs: run.nowMs,
    url: run.url,
    seed: run.seed,
    excluded: run.excluded,
    depth: run.depth ?? 0,
    chain: run.chain ?? 0,
    generations: run.restart?.generations ?? {},
  };
}
