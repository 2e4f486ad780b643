import type { AlertId, IncidentId, RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { Command, RunEvent, RunOutcome } from '../core/contracts/command.ts';
import type { Plan } from '../core/contracts/plan.ts';
import { fillInputs } from '../core/match/fill-inputs.ts';
import { crowdKeys, runKey } from '../core/match/run-keys.ts';
import { createRun, newSeed } from './create-run.ts';
import { keepExcess } from './keep-results.ts';
import type { LockedRun } from './store/queries/lock-scopes.ts';
import { peopleBehind } from './store/queries/people-behind.ts';
import type { Moving, World } from './world.ts';

/** A called run may call, and that one once more (language reference 9.5, call). */
const depthMax = 3;

/*
 * Creates the run that a `call` orders, in the caller's transaction: from here on both exist or
 * neither. The child is the version that was current when the caller was published.
 */
export async function startChild(
  world: World,
  moving: Moving,
  command: Extract<Command, { kind: 'start-child' }>,
): Promise<RunEvent> {
  const { tx, parts, nowMs } = world;
  const { ref, playbook, digest, attach } = command;
  const { scope } = moving;
  const { run } = scope;
  const refuse = (code: string, message: string): RunEvent => ({
    type: 'child.refused',
    ref,
    failure: { code, kind: 'terminal', message },
  });
  const depth = run.given.depth + 1;
  if (depth > depthMax)
    return refuse(
      'run/child-failed',
      `calls are nested at most ${depthMax} deep; "${playbook}" was not started`,
    );
  const version = await pinnedVersion(world, playbook, digest);
  if (version === null) return refuse('run/child-failed', `"${playbook}" at ${digest} is not published here`);
  const loaded = await parts.loadPlan(digest);
  const filled = fillInputs(withoutSources(loaded.plan), 'call', { names: {}, nowMs }, command.inputs);
  if (!filled.ok) return refuse('action/invalid-input', filled.message);
  const keys = crowdKeys(loaded.plan, { names: { inputs: filled.inputs }, nowMs });
  if (!keys.ok) return refuse('action/invalid-input', keys.message);

  const runId = parts.mint('RunId');
  const { concurrency } = loaded.plan;
  const group = keys.group === null ? null : `${playbook}/${keys.group}`;
  const excluded = await peopleBehind(tx, parts.tenant, [version.publishedBy]);
  await createRun(tx, parts.tenant, loaded, {
    runId,
    playbookId: playbook,
    playbookVersion: version.version,
    digest,
    sourceSha256: version.sourceSha256,
    runKey: runKey(playbook, 'call', run.runId, ref),
    triggerId: 'call',
    alertId: run.given.alertId as AlertId | null,
    incidentId: run.given.incidentId as IncidentId | null,
    incident: run.given.incident,
    // A child sees only its inputs (S7).
    alert: null,
    inputs: filled.inputs,
    mode: command.mode,
    priority: run.priority,
    startedBy: run.given.startedBy,
    excluded: [...new Set([...run.given.excluded, ...excluded])],
    dedupeKey: null,
    concurrency: group === null || concurrency === null ? null : { group, limit: concurrency.limit },
    url: `${parts.publicUrl}/runs/${runId}`,
    seed: newSeed(),
    nowMs,
    parent: { runId: run.runId, scope: scope.path, ref, attached: attach },
    depth,
    chain: run.given.chain,
  });
  world.batch.created.push({ runId, group, limit: concurrency?.limit ?? null });
  return { type: 'child.started', ref, runId };
}

/** `from` fills inputs from the trigger's event; a call has none, only what the caller gives. */
function withoutSources(plan: Plan): Plan {
  return { ...plan, inputs: plan.inputs.map((input) => ({ ...input, from: {} })) };
}

const version = `
select v.version, v.source_sha256 as "sourceSha256", v.published_by as "publishedBy"
from playbook_versions v
where v.tenant_id = $1 and v.playbook_id = $2 and v.digest = $3
order by v.version desc limit 1`;

async function pinnedVersion(world: World, playbook: string, digest: string) {
  const { rows } = await world.tx.query<{ version: number; sourceSha256: string; publishedBy: string }>(
    version,
    [world.parts.tenant, playbook, digest],
  );
  return rows[0] ?? null;
}

const children = `
select id from runs
where tenant_id = $1 and parent_run_id = $2 and ($3::text is null or parent_ref = $3) and attached
  and state in ('queued', 'running', 'waiting', 'undoing')`;

/** The caller ends, so what it waits for ends too; it is told as a person would tell it. Without a `ref`: all of it. */
export async function cancelChildren(
  world: World,
  runId: RunId,
  { ref, reason }: { ref: string | null; reason: string },
): Promise<void> {
  const { rows } = await world.tx.query<{ id: RunId }>(children, [world.parts.tenant, runId, ref]);
  for (const { id } of rows) {
    const event = { type: 'run.cancel', by: runId, reason, undo: false };
    world.batch.letters.push({ to: 'scope', run_id: id, path: 'run', event });
  }
}

/** Tells the caller, if there is one that waits. */
export async function tellCaller(
  world: World,
  run: LockedRun,
  end: { outcome: RunOutcome; reason: string; outputs: JsonObject },
): Promise<void> {
  if (run.caller === null) return;
  const { runId, scope, ref } = run.caller;
  const { outcome, reason } = end;
  const excess = await keepExcess(world, { runId, path: ref }, end.outputs);
  world.batch.letters.push({
    to: 'scope',
    run_id: runId,
    path: scope,
    event: {
      type: 'child.finished',
      ref,
      runId: run.runId,
      state: outcome,
      outputs: excess?.outputs ?? end.outputs,
      reason,
      ...(excess !== null && { excess: excess.failure }),
    },
  });
}
