import { randomBytes } from 'node:crypto';
import type { AlertId, IncidentId, RunId, TenantId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Mode } from '../core/contracts/plan.ts';
import type { ScopeGiven } from '../core/contracts/scope.ts';
import { type RunGiven, type ScopeSnapshot, snapshotVersion } from '../core/run/context.ts';
import { initialSnapshot } from '../core/run/decide.ts';
import { allSteps } from '../core/run/list-steps.ts';
import type { LoadedPlan } from './engine-parts.ts';
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
  /** As expressions see it. */
  alert: JsonObject | null;
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
 * A run with its first scope, in state `queued`; what begins it is a separate, repeatable step, so
 * that a crash in between leaves a row that is found again.
 * Out: false when a run with the same key exists already (the same alert delivered twice).
 */
const insertRun = `
insert into runs (tenant_id, id, playbook_id, playbook_version, digest, compiler_version, snapshot_version, run_key,
  trigger_id, alert_id, incident_id, mode, priority, state, given, started_by, dedupe_key, concurrency_group,
  concurrency_limit, parent_run_id, parent_scope, parent_ref, attached, depth, chain, signal_id, restart_of, asked_mode)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'queued', $14, $15, $16, $17, $18, $19, $20, $21,
  $22, $23, $24, $25, $26, $27)
on conflict (tenant_id, run_key) do nothing`;

const insertScope = `
insert into scopes (tenant_id, run_id, path, version, snapshot) values ($1, $2, 'run', 0, $3)`;

const insertSteps = `
insert into steps (tenant_id, run_id, path, position, place, kind, name, action, status)
select $1, $2, path, position, array[position], kind, name, action, 'pending'
from json_to_recordset($3::json) as x(path text, position int, kind text, name text, action text)`;

export async function createRun(tx: Tx, tenant: TenantId, loaded: LoadedPlan, run: NewRun): Promise<boolean> {
  const inserted = await tx.query(insertRun, [
    tenant,
    run.runId,
    run.playbookId,
    run.playbookVersion,
    run.digest,
    loaded.plan.compilerVersion,
    snapshotVersion,
    run.runKey,
    run.triggerId,
    run.alertId,
    run.incidentId,
    run.mode,
    run.priority,
    JSON.stringify(givenOf(tenant, run)),
    run.startedBy,
    run.dedupeKey,
    run.concurrency?.group ?? null,
    run.concurrency?.limit ?? null,
    run.parent?.runId ?? null,
    run.parent?.scope ?? null,
    run.parent?.ref ?? null,
    run.parent?.attached ?? false,
    run.depth ?? 0,
    run.chain ?? 0,
    run.signalId ?? null,
    run.restart?.of ?? null,
    run.askedMode ?? null,
  ]);
  if (inserted.rowCount === 0) return false;
  const snapshot = run.restart?.snapshot ?? initialSnapshot(loaded.plan, rootScope);
  await tx.query(insertScope, [tenant, run.runId, JSON.stringify(snapshot)]);
  await tx.query(insertSteps, [tenant, run.runId, JSON.stringify(stepRows(loaded))]);
  return true;
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
    alert: run.alert,
    inputs: run.inputs,
    startedBy: run.startedBy,
    createdAtMs: run.nowMs,
    url: run.url,
    seed: randomBytes(32).toString('hex'),
    excluded: run.excluded,
    depth: run.depth ?? 0,
    chain: run.chain ?? 0,
    generations: run.restart?.generations ?? {},
  };
}
