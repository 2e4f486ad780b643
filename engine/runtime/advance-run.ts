import { performance } from 'node:perf_hooks';
import type { AttemptId } from '../../schemas/ids.ts';
import type { Command, RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { InvariantBroken } from '../core/contracts/invariant.ts';
import type { ScopeSnapshot } from '../core/run/context.ts';
import { firstSnapshot } from '../core/run/decide.ts';
import { answerCommand } from './answer-command.ts';
import { type AttemptRow, type Batch, emptyBatch } from './batch.ts';
import { type Tried, takeAfterAll } from './claimed-after-all.ts';
import { decideScope } from './decide-scope.ts';
import { doubtsOf } from './doubts.ts';
import { alarmAfter } from './due.ts';
import { endRun } from './end-run.ts';
import type { EngineParts } from './engine-parts.ts';
import { finishScope } from './finish-scope.ts';
import { gatherCommand } from './gather-command.ts';
import { gatherState } from './gather-state.ts';
import { haltScope } from './halt-run.ts';
import type { Inbound } from './inbound.ts';
import { noteLateOutcome } from './note-late-outcome.ts';
import { isLoadable, parkRuns } from './park-runs.ts';
import { encodeEntries } from './record-audit.ts';
import { type ScopeName, scopeKey } from './scope-name.ts';
import type { ClaimedAttempt } from './store/queries/claim-attempts.ts';
import { type LockedScope, lockScopes } from './store/queries/lock-scopes.ts';
import { readMoment } from './store/queries/pause.ts';
import type { Unsent } from './store/queries/take-outbox.ts';
import { writeBatch } from './store/queries/write-batch.ts';
import { Lastly, type Tx } from './store/sql.ts';
import { sqlState } from './store/sql-state.ts';
import { eventsOf, noteLoss, type WonEarly, winEarly, winFacts } from './win-facts.ts';
import type { OwnWorker } from './worker-at-hand.ts';
import { type Moving, movingOf, World } from './world.ts';

/*
 * The one way a run moves: lock → win the facts → decide → write everything in one transaction.
 * After the commit the courier and the receivers of messages are told; before it, nothing has left
 * the process.
 */

export interface Advanced {
  /** Inbounds whose fact was already taken by somebody else. */
  lost: number;
  finished: number;
}

const uniqueViolation = '23505';

/** Two batches may meet at an advisory lock of a group, a budget or an effect; everything inside is recomputed from the rows. */
const inTransaction = { retries: 3, readsFirst: true, station: 'advance' } as const;

/** Moves the scopes of some inbounds together; at most one inbound per scope. All or nothing. */
export async function advanceRuns(parts: EngineParts, inbounds: readonly Inbound[]): Promise<Advanced> {
  const moved = await advanceOnce(parts, inbounds, parts.ownWorker());
  tellAdvanced(parts, moved);
  return moved.advanced;
}

/** Another worker may claim an order to the same target in the same instant; then the queue carries ours. */
async function advanceOnce(
  parts: EngineParts,
  inbounds: readonly Inbound[],
  worker: OwnWorker | null,
): Promise<Moved> {
  const tried: Tried = { claims: [], claimedAt: 0 };
  try {
    return await parts.database.transaction(
      (tx) => advanceWithin(tx, parts, inbounds, worker, tried),
      inTransaction,
    );
  } catch (error) {
    takeAfterAll(parts, tried, error);
    if (worker === null || sqlState(error) !== uniqueViolation) throw error;
    return advanceOnce(parts, inbounds, null);
  }
}

/** What a transaction moved; told to the others once it is committed. */
export interface Moved {
  advanced: Advanced;
  world: World;
  mail: ScopeName[];
  /** What the worker of this process has now; the lease runs from before `claimedAt` on its monotonic clock. */
  claimed: ReadonlySet<AttemptId>;
  claimedAt: number;
}

async function advanceWithin(
  tx: Tx,
  parts: EngineParts,
  inbounds: readonly Inbound[],
  worker: OwnWorker | null,
  tried: Tried,
): Promise<Lastly<Moved>> {
  // The time is asked for after the locks: waiting for them can take long.
  const [scopes, early, { nowMs, pause }] = await Promise.all([
    lockScopes(tx, parts.tenant, inbounds, parts.keptRuns),
    winEarly(tx, parts, inbounds),
    readMoment(tx, parts.tenant),
  ]);
  return moveLocked(tx, parts, nowMs, inbounds, scopes, worker, { early, pause, tried });
}

/**
 * The first decisions of runs, within the transaction that created them.
 * @param before.entries of what came before them, written together with theirs
 */
export function beginWithin(
  tx: Tx,
  parts: EngineParts,
  nowMs: number,
  scopes: readonly LockedScope[],
  before: { entries: readonly EntryDraft[]; pause: string | null; tried?: Tried },
): Promise<Lastly<Moved>> {
  const inbounds = scopes.map(({ runId, path }) => ({ kind: 'begin' as const, runId, path }));
  return moveLocked(tx, parts, nowMs, inbounds, scopes, parts.ownWorker(), before);
}

async function moveLocked(
  tx: Tx,
  parts: EngineParts,
  nowMs: number,
  inbounds: readonly Inbound[],
  locked: readonly LockedScope[],
  worker: OwnWorker | null,
  before: { entries?: readonly EntryDraft[]; early?: WonEarly; pause: string | null; tried?: Tried },
): Promise<Lastly<Moved>> {
  parts.pass?.('advance.locked');
  const world = new World(tx, parts, nowMs, emptyBatch(), before.pause);
  world.batch.entries.push(...(before.entries ?? []));
  const scopes = new Map(
    locked.filter((scope) => isLoadable(scope.run)).map((scope) => [scopeKey(scope), scope]),
  );
  // Nothing of a parked run is won: its facts stay in their rows for an engine that can load it.
  await parkRuns(
    tx,
    parts.tenant,
    locked.filter((scope) => !isLoadable(scope.run)),
  );
  const present = inbounds.filter((inbound) => scopes.has(scopeKey(inbound)));
  const won = await winFacts(tx, parts, present, before.early);
  const moving = await movingOf(world, [...scopes.values()]);
  const advanced: Advanced = { lost: inbounds.length - present.length, finished: 0 };
  for (const inbound of present) {
    const each = moving.get(scopeKey(inbound));
    const events = each === undefined ? [] : await eventsOf(inbound, each, won, world);
    if (each === undefined || events.length === 0) {
      advanced.lost += 1;
      if (inbound.kind === 'report' && won.repeated.has(inbound.attemptId)) continue;
      noteLoss(inbound, world.batch);
      if (each !== undefined) keepAlarm(world, inbound, each);
      await noteLateOutcome(world, inbound);
      continue;
    }
    const moved = await moveScope(world, each, events);
    if (moved === 'ended') advanced.finished += 1;
    if (moved !== 'ignored') continue;
    await noteLateOutcome(world, inbound);
    keepAlarm(world, inbound, each);
  }
  await world.dropHoldsNow();
  parts.pass?.('advance.decided');
  const entries = encodeEntries(parts.tenant, nowMs, world.batch.entries, parts.mint);
  const claimedAt = performance.now();
  const claim =
    worker === null
      ? null
      : { worker: worker.name, marginMs: parts.leaseMarginMs, wanted: worker.wants(world.batch.attempts) };
  if (before.tried !== undefined) {
    const wanted = world.batch.attempts.filter(({ id }) => claim?.wanted.has(id) === true);
    Object.assign(before.tried, { claims: wanted.map(toClaimed), claimedAt } satisfies Tried);
  }
  const send = async (): Promise<Moved> => {
    try {
      const { told, claimed } = await writeBatch(tx, parts.tenant, world.batch, entries, claim);
      parts.pass?.('advance.before-commit');
      return { advanced, world, mail: [...told, ...world.mail], claimed, claimedAt };
    } catch (error) {
      doubtsOf(parts).learn(error);
      throw error;
    }
  };
  // Whoever is to die between the two must be able to.
  return new Lastly(send, parts.pass === undefined);
}

/** After the commit. */
export function tellAdvanced(parts: EngineParts, moved: Moved): void {
  const {
    world: { batch, nowMs },
    mail,
    claimed,
    claimedAt,
  } = moved;
  parts.pass?.('advance.committed');
  for (const { row, snapshot } of moved.world.left) {
    const scope = { runId: row.run_id, path: row.path };
    if (row.live === 'ended') parts.keptRuns.forget(scope);
    else parts.keptRuns.keepSnapshot(scope, row.snapshot, snapshot);
  }
  const ready = batch.attempts.filter((row) => !row.revoked);
  const own = ready.filter((row) => claimed.has(row.id));
  if (own.length > 0) parts.ownWorker()?.take(own.map(toClaimed), claimedAt);
  parts.afterCommit({
    ready: ready.filter((row) => !claimed.has(row.id)).map(toHandOver),
    entries: batch.entries.length > 0,
    freedGroups: batch.freedGroups,
    soonestDueMs: soonestDue(batch, nowMs),
    mail,
    created: batch.created,
    signals: batch.signals,
  });
}

/** An alarm after which the scope stands as it stood must not ring for ever. */
function keepAlarm({ batch, nowMs, halted }: World, inbound: Inbound, { scope, due }: Moving): void {
  const { runId, path, alarmMs } = scope;
  if (inbound.kind !== 'alarm' || halted.has(runId)) return;
  batch.alarms.push({ run_id: runId, path, due, alarm_ms: alarmAfter(alarmMs, due, nowMs) });
}

function soonestDue(batch: Batch, nowMs: number): number | null {
  const rows = batch.deadlines.map((row) => row.due_ms);
  const alarms = [...batch.scopes, ...batch.firstScopes].flatMap((row) => row.alarm_ms ?? []);
  const times = [...rows, ...alarms];
  return times.length === 0 ? null : Math.min(...times) - nowMs;
}

/** As a claim from a lot would have read it; a first claim has fence 1. */
function toClaimed(row: AttemptRow): ClaimedAttempt {
  const { id, purpose, number, action, system, connection, handle, look } = row;
  return {
    id,
    purpose,
    number,
    action,
    system,
    connection,
    handle,
    look,
    runId: row.run_id,
    path: row.scope_path,
    fence: 1,
    class: row.class,
    arguments: row.arguments,
    version: row.action_version,
    actionKey: row.action_key,
    timeoutMs: row.timeout_ms,
  };
}

function toHandOver({ id, system, priority }: AttemptRow): Unsent {
  return { attemptId: id, system, priority };
}

/** `ended`: the run, by it. `ignored`: nothing waited for it any more. */
async function moveScope(
  world: World,
  moving: Moving,
  events: RunEvent[],
): Promise<'ended' | 'moved' | 'ignored'> {
  const { scope, loaded } = moving;
  const before = scope.snapshot;
  // A message that was on its way when an inner scope ended has nobody to tell any more.
  const isOver = scope.live === 'ended' || world.halted.has(scope.runId);
  if (isOver && scope.kind !== 'run') return 'ignored';
  const first = before ?? firstSnapshot(loaded.plan, moving.given, moving.loop);
  const end: Ending = { run: null, scope: null, ignored: false };
  let snapshot = first;
  try {
    snapshot = await decideAll(world, moving, first, events, end);
  } catch (error) {
    if (!(error instanceof InvariantBroken)) throw error;
    const halted = await haltScope(world, moving, snapshot, error);
    snapshot = halted.snapshot;
    end.run = halted.run;
    end.scope = halted.scope;
  }
  // Only entries: a run that has ended ignores what still comes in, and its row must stay as it is.
  if (snapshot === before && end.run === null && end.scope === null) return 'ignored';
  const result = end.scope === null ? null : await finishScope(world, moving, end.scope);
  const endState = end.run === null ? null : await endRun(world, moving, snapshot, end.run);
  gatherState(world, moving, before, snapshot, { run: end.run, scope: result }, endState);
  if (end.run !== null) return 'ended';
  return end.ignored ? 'ignored' : 'moved';
}

interface Ending {
  run: Extract<Command, { kind: 'finish-run' }> | null;
  scope: Extract<Command, { kind: 'finish-scope' }>['result'] | null;
  /** The fact itself, not what was answered in between. */
  ignored: boolean;
}

async function decideAll(
  world: World,
  moving: Moving,
  first: ScopeSnapshot,
  events: readonly RunEvent[],
  end: Ending,
): Promise<ScopeSnapshot> {
  const queue = [...events];
  let snapshot = first;
  for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
    const decision = decideScope(world, moving, snapshot, event);
    snapshot = decision.snapshot;
    if (event === events[0]) end.ignored = decision.ignored;
    world.batch.entries.push(...decision.entries);
    for (const command of decision.commands) {
      queue.push(...(await answerCommand(world, moving, snapshot, command)));
      gatherCommand(world, moving, command);
      if (command.kind === 'finish-run') end.run = command;
      if (command.kind === 'finish-scope') end.scope = command.result;
    }
    // What was told at the same time comes too late for a scope that has ended.
    if (end.scope !== null) break;
  }
  return snapshot;
}
