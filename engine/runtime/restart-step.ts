import type { Code } from '../../schemas/codes.ts';
import type { AlertId, IncidentId, RunId, TenantId } from '../../schemas/ids.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { underCeiling } from '../core/match/routing.ts';
import { runKey } from '../core/match/run-keys.ts';
import type { RunGiven, Snapshot } from '../core/run/context.ts';
import { initialSnapshot } from '../core/run/decide.ts';
import { isKept, restartFrom } from '../core/run/restart.ts';
import { decodeSnapshot } from '../core/run/stored-snapshot.ts';
import type { Admitter } from './admit-runs.ts';
import { createRun, newSeed, rootScope } from './create-run.ts';
import type { EngineParts, Started } from './engine-parts.ts';
import { givenAlert } from './given-alert.ts';
import { ceilingNow } from './guardrails-in-force.ts';
import { isLoadable } from './park-runs.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { peopleBehind } from './store/queries/people-behind.ts';
import { family } from './store/queries/undo-records.ts';
import type { Tx } from './store/sql.ts';

/*
 * A person takes up an ended run at a failed or denied step (decision record 0011): a new run with the
 * same plan and given, in which what had ended well stays done. The ended run never changes, and a
 * second click on it finds the run that the first one made.
 */

export interface RestartInput {
  runId: RunId;
  /** Runtime path of the step, e.g. `run/isolate`. */
  step: string;
  reason: string;
  actor: Actor;
  personId: string | null;
  requestId: string;
}

export type Restarted =
  | { ok: true; runId: RunId; repeated: boolean }
  | { ok: false; code: Code; detail: string };

interface EndedRun {
  state: string;
  playbookId: string;
  playbookVersion: number;
  digest: string;
  compilerVersion: number;
  snapshotVersion: number;
  priority: number;
  group: string | null;
  limit: number | null;
  dedupeKey: string | null;
  called: boolean;
  given: RunGiven;
  snapshot: string;
  chain: number;
  /** The run that took it up, and under which key. */
  takenUpBy: RunId | null;
  takenUpAs: string | null;
}

const ended = `
select r.state, r.playbook_id as "playbookId", r.playbook_version as "playbookVersion", r.digest,
  r.compiler_version as "compilerVersion", r.snapshot_version as "snapshotVersion", r.priority,
  r.concurrency_group as "group", r.concurrency_limit as "limit", r.dedupe_key as "dedupeKey",
  r.parent_run_id is not null as called, given_of(r) as given, s.snapshot, r.chain,
  again.id as "takenUpBy", again.run_key as "takenUpAs"
from runs r join scopes s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.path = 'run'
left join runs again on again.tenant_id = $1 and again.restart_of = r.id
where r.tenant_id = $1 and r.id = $2`;

/** Of two who ask at the same time the second one sees what the first one made. */
async function lockEnded(tx: Tx, tenant: TenantId, runId: RunId): Promise<EndedRun | undefined> {
  await tx.query('select 1 from runs where tenant_id = $1 and id = $2 for update', [tenant, runId]);
  return (await tx.query<EndedRun>(ended, [tenant, runId])).rows[0];
}

/*
 * What the run and those it goes back to did and no longer stand for, and which undos did that: the path of
 * an `undo` step, or one that no step of the plan has.
 */
const takenBack = `
with recursive ${family},
gone as (
  select u.id, u.state, coalesce(m.via, u.step_path) as step
  from members m join undo_records u on u.tenant_id = $1 and u.run_id = m.id
  where u.state not in ('done', 'undo-failed', 'irreversible')
),
undos as (
  select s.item->'value'->>'id' as record, s.result->>'undo' as outcome,
    case when s.parent like 'run~%' then s.parent else coalesce(m.via, s.parent) end as by
  from members m join scopes s on s.tenant_id = $1 and s.run_id = m.id and s.kind = 'undo'
)
select distinct g.step, u.by from gone g left join undos u on u.record = g.id and u.outcome = g.state`;

/** What stays done has to stand, unless the plan itself took it back before it came to the chosen step. */
async function stands(tx: Tx, tenant: TenantId, runId: RunId, again: Snapshot): Promise<boolean> {
  const { rows } = await tx.query<{ step: string; by: string | null }>(takenBack, [tenant, runId]);
  return rows.every(({ step, by }) => !isKept(again, step) || (by !== null && isKept(again, by)));
}

const restartable = ['failed', 'denied', 'cancelled', 'timed-out', 'undo-incomplete'];

export async function restartStep(
  parts: EngineParts,
  admitter: Admitter,
  input: RestartInput,
): Promise<Restarted> {
  const { answer, started } = await parts.database.transaction((tx) => restart(tx, parts, input));
  if (started !== null) {
    parts.afterCommit({ entries: true });
    await admitter.admit([started]);
  }
  return answer;
}

async function restart(
  tx: Tx,
  parts: EngineParts,
  input: RestartInput,
): Promise<{ answer: Restarted; started: Started | null }> {
  const { tenant } = parts;
  const refuse = (code: Code, detail: string) => ({
    answer: { ok: false as const, code, detail },
    started: null,
  });
  const run = await lockEnded(tx, tenant, input.runId);
  if (run === undefined) return refuse('request/not-found', 'there is no such run');
  if (!restartable.includes(run.state)) {
    return refuse(
      'request/conflict',
      `the run is ${run.state}; only a run that ended without success is restarted`,
    );
  }
  if (run.called)
    return refuse('run/not-restartable', 'this run was called by another one; restart the call there');
  if (!isLoadable(run))
    return refuse('run/needs-engine', 'the run was compiled by another version; start the playbook anew');
  const loaded = await parts.loadPlan(run.digest);
  const before = decodeSnapshot(run.snapshot);
  if (!('context' in before)) return refuse('request/internal', 'the run has no snapshot of its own');
  const first = initialSnapshot(loaded.plan, rootScope);
  const again = restartFrom(loaded.plan, before, first, input.step, run.given.generations);
  if (!again.ok) return refuse(again.code, again.message);

  const key = runKey('restart', input.runId, input.step, String(again.generations[input.step] ?? 0));
  if (run.takenUpBy !== null) {
    return run.takenUpAs === key
      ? { answer: { ok: true, runId: run.takenUpBy, repeated: true }, started: null }
      : refuse('request/conflict', `${run.takenUpBy} has taken this run up already; restart the step there`);
  }
  if (!(await stands(tx, tenant, input.runId, again.snapshot))) {
    const detail = 'what it did was taken back, so it is no ground to go on from; start the playbook anew';
    return refuse('run/not-restartable', detail);
  }

  const runId = parts.mint('RunId');
  const nowMs = await databaseNowMs(tx);
  const { given } = run;
  const created = await createRun(tx, tenant, loaded, {
    runId,
    playbookId: run.playbookId,
    playbookVersion: run.playbookVersion,
    digest: run.digest,
    sourceSha256: given.sourceSha256,
    runKey: key,
    triggerId: given.triggerId,
    alertId: given.alertId as AlertId | null,
    incidentId: given.incidentId as IncidentId | null,
    incident: given.incident,
    alert: given.alert === null ? null : givenAlert(given.alert),
    inputs: given.inputs,
    ...underCeiling(given.mode, await ceilingNow(tx, parts)),
    ...(given.askedMode !== undefined && { askedMode: given.askedMode }),
    priority: run.priority,
    startedBy: input.personId ?? input.actor.id,
    // Whoever asks for it again does not decide about it.
    excluded: [
      ...new Set([...given.excluded, ...(await peopleBehind(tx, tenant, [input.personId, input.actor.id]))]),
    ],
    dedupeKey: run.dedupeKey,
    concurrency: run.group === null ? null : { group: run.group, limit: run.limit ?? 1 },
    url: `${parts.publicUrl}/runs/${runId}`,
    seed: newSeed(),
    nowMs,
    chain: run.chain,
    restart: { of: input.runId, snapshot: again.snapshot, generations: again.generations },
  });
  if (!created) return refuse('request/conflict', 'the step was restarted by somebody else just now');
  const entry = {
    type: 'run.restarted' as const,
    actor: input.actor,
    runId,
    step: input.step,
    reason: input.reason,
    requestId: input.requestId,
    data: { ended_run: input.runId, state: run.state },
  };
  await recordAudit(tx, tenant, nowMs, [entry], parts.mint);
  return {
    answer: { ok: true, runId, repeated: false },
    started: { runId, group: run.group, limit: run.limit },
  };
}
