import type { Json, JsonObject } from '../../schemas/json.ts';
import { isJsonObject } from '../../schemas/json.ts';
import type { Command } from '../core/contracts/command.ts';
import type { PlanStep } from '../core/contracts/plan.ts';
import type { ScopeResult } from '../core/contracts/scope.ts';
import {
  emptyStep,
  isUndoing,
  liveState,
  type ScopeSnapshot,
  type Snapshot,
  type StepState,
} from '../core/run/context.ts';
import { allSteps, everyStep } from '../core/run/list-steps.ts';
import { toRuntimePath } from '../core/run/scope-path.ts';
import { encodeSnapshot } from '../core/run/stored-snapshot.ts';
import { alarmAfter } from './due.ts';
import type { changedStep } from './store/queries/row-types.ts';
import type { Row } from './store/row-type.ts';
import { type Moving, positionOf, type World } from './world.ts';

/* The readable state of a scope after a decision: its row, the run's row, the steps that changed. */

export interface ScopeEnd {
  run: Extract<Command, { kind: 'finish-run' }> | null;
  scope: ScopeResult | null;
}

/** `before` is null when the scope has just begun: all its steps get their rows then. */
export function gatherState(
  world: World,
  moving: Moving,
  before: ScopeSnapshot | null,
  after: ScopeSnapshot,
  end: ScopeEnd,
  endState: string | null,
): void {
  const { batch } = world;
  const { scope } = moving;
  const ended = end.run !== null || end.scope !== null;
  const row = {
    run_id: scope.runId,
    path: scope.path,
    version: scope.version,
    snapshot: encodeSnapshot(after),
    live: ended ? 'ended' : liveState(after),
    result: end.scope,
    due: ended ? [] : moving.due,
    alarm_ms: ended ? null : alarmAfter(scope.alarmMs, moving.due, world.nowMs),
  } as const;
  (scope.unwritten ? batch.firstScopes : batch.scopes).push(row);
  world.left.push({ row, snapshot: after });
  if (scope.kind === 'run') gatherRun(world, moving, before, after, end.run, endState);
  else batch.unsettledRuns.add(scope.runId);
  if (!('context' in after)) return;
  const earlier = before !== null && 'context' in before ? before.context.steps : null;
  for (const { path, step, position, planned } of shownSteps(moving, after)) {
    const now = after.context.steps[path] ?? emptyStep;
    if (earlier !== null && now === (earlier[path] ?? emptyStep)) continue;
    const changes = { run_id: scope.runId, path: toRuntimePath(moving.given, path), ...stepRow(now) };
    if (earlier !== null && planned) {
      batch.changedSteps.push(changes);
      continue;
    }
    batch.steps.push({
      scope_path: scope.path,
      position,
      place: [...scope.place, position],
      ...step,
      ...changes,
    });
  }
}

function gatherRun(
  world: World,
  moving: Moving,
  before: ScopeSnapshot | null,
  after: ScopeSnapshot,
  finish: ScopeEnd['run'],
  endState: string | null,
): void {
  const { batch } = world;
  const { runId, run } = moving.scope;
  if (!('context' in after)) return;
  const row = {
    id: runId,
    state: endState ?? liveOf(moving, after),
    reason: finish?.reason ?? null,
    outputs: finish?.outputs ?? null,
    outcome: finish?.outcome ?? null,
    waiting_for: finish === null ? waitingFor(moving, after) : [],
    ended: finish !== null,
  };
  const inside = Object.values(after.context.steps).some((step) => step.phase === 'inside');
  // From step to step nothing of the run's row changes, and it is the widest row of all.
  const same = finish === null && !inside && run.state === row.state && run.reason === row.reason;
  if (!(same && waitsAlike(moving, before, row))) batch.runs.push(row);
  if (finish !== null) {
    if (run.concurrencyGroup !== null) batch.freedGroups.push(run.concurrencyGroup);
    // Deadlines end by command; a subscription can only be there where the plan waits for something.
    if (everyStep(moving.loaded.plan).some((step) => step.kind === 'wait'))
      batch.endedScopes.push({ run_id: runId, path: 'run' });
  } else if (inside) {
    batch.unsettledRuns.add(runId);
  }
}

function waitsAlike(
  moving: Moving,
  before: ScopeSnapshot | null,
  now: { waiting_for: JsonObject[] },
): boolean {
  // A run that was created just now has waited for nothing yet.
  if (before === null) return now.waiting_for.length === 0;
  if (!('context' in before) || !before.context.started) return false;
  return JSON.stringify(waitingFor(moving, before)) === JSON.stringify(now.waiting_for);
}

function liveOf(moving: Moving, snapshot: Snapshot): string {
  if (!snapshot.context.started) return 'queued';
  return isUndoing(moving.loaded.plan, snapshot) ? 'undoing' : liveState(snapshot);
}

interface Shown {
  path: string;
  position: number;
  planned: boolean;
  step: { kind: string; name: string; action: string | null };
}

/** The plan's steps, and those that no plan has: undos that nobody wrote, and what an undo does. */
function shownSteps(moving: Moving, snapshot: Snapshot): Shown[] {
  const steps = allSteps(moving.loaded.plan, moving.given.body);
  const shown: Shown[] = steps.map((step, position) => ({
    path: step.path,
    position,
    planned: true,
    step: { kind: step.kind, name: step.name, action: actionOf(step) },
  }));
  const planned = new Set(steps.map((step) => step.path));
  for (const path of Object.keys(snapshot.context.steps)) {
    if (planned.has(path)) continue;
    shown.push({
      path,
      position: positionOf(moving, toRuntimePath(moving.given, path)),
      planned: false,
      step: unplanned(moving),
    });
  }
  return shown;
}

function actionOf(step: PlanStep): string | null {
  return step.kind === 'action' ? step.action.key : null;
}

function unplanned({ given }: Moving): Shown['step'] {
  if (given.kind !== 'undo' || !isJsonObject(given.item?.value))
    return { kind: 'undo', name: 'Take back', action: null };
  const { stepName, inverse } = given.item.value;
  const action: Json = isJsonObject(inverse) ? (inverse.action ?? null) : null;
  return {
    kind: 'action',
    name: `Take back: ${String(stepName)}`,
    action: typeof action === 'string' ? (action.split('@')[0] ?? null) : null,
  };
}

function stepRow(step: StepState): Omit<Row<typeof changedStep>, 'run_id' | 'path'> {
  return {
    status: step.status,
    phase: step.phase,
    attempts: step.attempts,
    target_kind: step.target?.kind ?? null,
    target_id: step.target?.id ?? null,
    simulated: step.simulated,
    outputs: step.outputs,
    failure: step.failure,
    denial: step.denial,
    approval: step.approval,
    started_ms: step.startedAtMs,
    finished_ms: step.finishedAtMs,
  };
}

const waits: { [phase: string]: string } = {
  asking: 'approval',
  held: 'stop',
  undecided: 'task',
  waiting: 'wait',
  queueing: 'place',
  inside: 'inside',
};

/**
 * What of the run's own steps waits. Items are too many for a column; their approvals are listed by themselves. Until
 * when is said by the approval and by the task: more time and a pause move it, and the run's row is not told.
 */
function waitingFor(moving: Moving, snapshot: Snapshot): JsonObject[] {
  const waiting: JsonObject[] = [];
  for (const [path, state] of Object.entries(snapshot.context.steps)) {
    const kind = state.status === 'active' && state.phase !== null ? waits[state.phase] : undefined;
    if (kind === undefined) continue;
    waiting.push({ kind, step: toRuntimePath(moving.given, path) });
  }
  return waiting;
}
