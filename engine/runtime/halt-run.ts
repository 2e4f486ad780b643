import type { Command } from '../core/contracts/command.ts';
import type { InvariantBroken } from '../core/contracts/invariant.ts';
import type { ScopeResult } from '../core/contracts/scope.ts';
import type { ScopeSnapshot, StepState } from '../core/run/context.ts';
import { toRuntimePath } from '../core/run/scope-path.ts';
import { dropHold } from './gather-command.ts';
import { cancelChildren } from './start-child.ts';
import { giveBackUndos } from './store/queries/halted-undos.ts';
import type { Moving, World } from './world.ts';

/*
 * A mistake in the engine ends what made it, so that nothing of it moves any more: orders that no worker
 * has are taken back, questions and deadlines end, what an undo had claimed or a step wanted is free for
 * others. An inner scope ends failed, and the run is told to stop, which its other scopes do in order. Where
 * the run's own scope broke, nobody is left to tell: all scopes end with it, the runs it waits for are
 * cancelled, and whatever still comes in is written down and changes nothing.
 */

export interface Halted {
  snapshot: ScopeSnapshot;
  run: Extract<Command, { kind: 'finish-run' }> | null;
  scope: ScopeResult | null;
}

export async function haltScope(
  world: World,
  moving: Moving,
  snapshot: ScopeSnapshot,
  error: InvariantBroken,
): Promise<Halted> {
  const { scope } = moving;
  const { runId, path } = scope;
  const { batch, parts, tx } = world;
  const whole = scope.kind === 'run';
  parts.log('error', 'a run halted because of a mistake in the engine', {
    runId,
    scope: path,
    error: error.message,
  });
  forgetGathered(world, moving, whole);
  await dropWanted(world, moving, snapshot, whole);
  await giveBackUndos(tx, parts.tenant, {
    runId,
    path: whole ? null : path,
    plan: moving.loaded.plan,
    error: error.message,
    planned: whole ? (world.planned.get(runId) ?? []) : [],
  });
  await tx.query(halt, [parts.tenant, runId, whole ? null : path]);
  const after = 'context' in snapshot ? withoutActive(snapshot) : snapshot;
  const reason = `engine: ${error.message}`;
  batch.entries.push({
    type: 'run.finished',
    actor: { kind: 'system', id: 'engine', channel: 'engine' },
    runId,
    ...(whole ? {} : { step: path }),
    outcome: 'failure',
    code: 'run/halted',
    reason: error.message,
    ...(whole && { data: { state: 'failed', mode: moving.scope.run.given.mode } }),
  });
  if (whole) {
    await cancelChildren(world, runId, { ref: null, reason: 'the run that called it halted' });
    const run = { kind: 'finish-run' as const, outcome: 'failed' as const, reason, outputs: {} };
    return { snapshot: after, run, scope: null };
  }
  const event = { type: 'scope.stop', outcome: 'failed', reason, from: path };
  batch.letters.push({ to: 'scope', run_id: runId, path: 'run', event });
  const failure = { code: 'run/halted', kind: 'terminal' as const, message };
  const result: ScopeResult = {
    status: 'failed',
    failure: { step: path, failure },
    outputs: {},
    collected: null,
    until: null,
    undo: null,
    stops: true,
  };
  return { snapshot: after, run: null, scope: result };
}

/**
 * What steps wanted and will not get any more, as when they had ended by themselves: others give the effect back
 * then. What an attempt did all the same is for whoever looks at the target, as the step says.
 */
async function dropWanted(
  world: World,
  moving: Moving,
  snapshot: ScopeSnapshot,
  whole: boolean,
): Promise<void> {
  const { tx, parts, batch } = world;
  const { runId } = moving.scope;
  const paths = 'context' in snapshot ? Object.keys(snapshot.context.steps) : [];
  const own = whole ? null : paths.map((path) => toRuntimePath(moving.given, path));
  const { rows } = await tx.query<{ path: string }>(wanted, [parts.tenant, runId, own]);
  const fresh = [...batch.holds.values()].filter(
    ({ run_id, step_path, state }) =>
      run_id === runId && state === 'wanted' && (own === null || own.includes(step_path)),
  );
  for (const path of [...rows.map((row) => row.path), ...fresh.map((row) => row.step_path)])
    dropHold(batch, runId, path);
}

const wanted = `
select step_path as path from holds
where tenant_id = $1 and run_id = $2 and state = 'wanted' and ($3::text[] is null or step_path = any($3))`;

/** What the broken decision had ordered before it broke. Entries stay: they say how it came to this. */
function forgetGathered({ batch, halted }: World, { scope: { runId, path } }: Moving, whole: boolean): void {
  const mine = (row: { run_id: string; scope_path: string }) =>
    row.run_id === runId && (whole || row.scope_path === path);
  for (const row of batch.attempts) if (mine(row)) row.revoked = true;
  batch.deadlines = batch.deadlines.filter((row) => !mine(row));
  batch.tasks = batch.tasks.filter((row) => row.run_id !== runId || (!whole && row.scope_path !== path));
  for (const row of batch.approvals) {
    if (row.run_id === runId && (whole || row.scope_path === path)) row.state = 'cancelled';
  }
  if (!whole) return;
  halted.add(runId);
  // What was decided about scopes inside it a moment before must not make them live again.
  for (const row of batch.scopes)
    if (row.run_id === runId) Object.assign(row, { live: 'ended', due: [], alarm_ms: null });
  batch.alarms = batch.alarms.filter((row) => row.run_id !== runId);
  batch.newScopes = batch.newScopes.filter((row) => row.run_id !== runId);
}

/*
 * In: tenant, run, scope path or null for all scopes of the run. Attempts that a worker has stay: their
 * outcome is written down when it comes.
 */
const halt = `
with revoked as (
  update attempts set state = 'revoked', finished_at = clock_timestamp()
  where tenant_id = $1 and run_id = $2 and ($3::text is null or scope_path = $3) and state = 'queued'
  returning id
),
unsent as (
  delete from outbox o using revoked r where o.tenant_id = $1 and o.attempt_id = r.id
),
asked as (
  update approvals set state = 'cancelled', ended_at = clock_timestamp()
  where tenant_id = $1 and run_id = $2 and ($3::text is null or scope_path = $3)
    and (state = 'pending' or (state = 'granted' and consumed_at is null))
),
unasked as (
  update tasks set state = 'withdrawn', settled_by = 'engine', ended_at = clock_timestamp()
  where tenant_id = $1 and run_id = $2 and ($3::text is null or scope_path = $3) and state = 'open'
),
due as (
  delete from deadlines where tenant_id = $1 and run_id = $2 and ($3::text is null or scope_path = $3)
),
awaited as (
  delete from subscriptions where tenant_id = $1 and run_id = $2 and ($3::text is null or scope_path = $3)
),
told as (
  delete from messages where tenant_id = $1 and run_id = $2 and $3::text is null
)
update scopes set live = 'ended', due = '[]', alarm_at = null
where tenant_id = $1 and run_id = $2 and $3::text is null and path <> 'run' and live <> 'ended'`;

function withoutActive(snapshot: Extract<ScopeSnapshot, { context: unknown }>): ScopeSnapshot {
  const steps = Object.fromEntries(
    Object.entries(snapshot.context.steps).map(([path, state]) => [
      path,
      state.status === 'active' ? halted(state) : state,
    ]),
  );
  return { value: 'closing', context: { ...snapshot.context, started: true, steps } };
}

const message = 'the engine made a mistake while this step was active; look at the target and decide by hand';

function halted(state: StepState): StepState {
  return {
    ...state,
    status: 'failed',
    phase: null,
    failure: { code: 'run/halted', kind: 'terminal', message },
  };
}
