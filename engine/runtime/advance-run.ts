import type { Command, RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import { InvariantBroken } from '../core/contracts/invariant.ts';
import type { Snapshot } from '../core/run/context.ts';
import { type Deciding, type Decision, decide } from '../core/run/decide.ts';
import { type Batch, emptyBatch, gather, gatherState } from './batch.ts';
import type { EngineParts, LoadedPlan } from './engine-parts.ts';
import { haltRun } from './halt-run.ts';
import { eventOfLoss, eventOfReport, type Inbound } from './inbound.ts';
import { judgeDispatch } from './judge-dispatch.ts';
import { recordAudit } from './record-audit.ts';
import { type LockedScope, lockScopes } from './store/queries/lock-scopes.ts';
import {
  readStops,
  revokeAttempt,
  type StopRow,
  type WonDeadline,
  winDeadlines,
  winLosses,
  winReports,
} from './store/queries/win-facts.ts';
import { writeBatch } from './store/queries/write-batch.ts';
import type { Tx } from './store/sql.ts';

/*
 * The one way a run moves: lock → win the facts → decide → write everything in one transaction.
 * After the commit the courier is told; before it, nothing has left the process.
 */

export interface Advanced {
  /** Inbounds whose fact was already taken by somebody else. */
  lost: number;
  finished: number;
}

/** Two batches may meet at a group's advisory lock; everything inside is recomputed from the rows. */
const deadlockRetries = { retries: 3 };

/** Moves the runs of some inbounds together; at most one inbound per run. All or nothing. */
export async function advanceRuns(parts: EngineParts, inbounds: readonly Inbound[]): Promise<Advanced> {
  const { outcome, batch, nowMs } = await parts.database.transaction(async (tx) => {
    const { nowMs, scopes } = await lockScopes(tx, parts.tenant, [
      ...new Set(inbounds.map((each) => each.runId)),
    ]);
    const won = await winFacts(tx, parts, inbounds);
    const gathered = emptyBatch();
    const result: Advanced = { lost: 0, finished: 0 };
    const world = new World(tx, parts, nowMs);
    for (const inbound of inbounds) {
      const scope = scopes.find((each) => each.runId === inbound.runId);
      const events = scope === undefined ? [] : await eventsOf(inbound, scope, won, world, gathered);
      if (scope === undefined || events.length === 0) {
        result.lost += 1;
        noteLoss(inbound, gathered);
        continue;
      }
      if (await moveRun(world, gathered, scope, events)) result.finished += 1;
    }
    await writeBatch(tx, parts.tenant, gathered);
    await recordAudit(tx, parts.tenant, nowMs, gathered.entries, parts.mint);
    return { outcome: result, batch: gathered, nowMs };
  }, deadlockRetries);
  parts.afterCommit({
    attempts: batch.attempts.length > 0,
    entries: batch.entries.length > 0,
    freedGroups: batch.freedGroups,
    soonestDueMs:
      batch.deadlines.length === 0 ? null : Math.min(...batch.deadlines.map((row) => row.due_ms)) - nowMs,
  });
  return outcome;
}

/** The transaction's view of what only the database knows, read at most once. */
class World {
  readonly tx: Tx;
  readonly parts: EngineParts;
  readonly nowMs: number;
  #stops: StopRow[] | undefined;

  constructor(tx: Tx, parts: EngineParts, nowMs: number) {
    this.tx = tx;
    this.parts = parts;
    this.nowMs = nowMs;
  }

  async stops(): Promise<StopRow[]> {
    this.#stops ??= await readStops(this.tx, this.parts.tenant);
    return this.#stops;
  }
}

interface Won {
  attempts: Map<string, Awaited<ReturnType<typeof winReports>>[number]>;
  deadlines: Map<string, WonDeadline>;
}

async function winFacts(tx: Tx, parts: EngineParts, inbounds: readonly Inbound[]): Promise<Won> {
  const reports = inbounds.flatMap((each) =>
    each.kind === 'report' ? [{ id: each.attemptId, fence: each.fence, outcome: each.reported.outcome }] : [],
  );
  const losses = inbounds.flatMap((each) =>
    each.kind === 'lost' ? [{ id: each.attemptId, fence: each.fence }] : [],
  );
  const due = inbounds.flatMap((each) => (each.kind === 'deadline' ? [each.deadlineId] : []));
  const attempts = [
    ...(await winReports(tx, parts.tenant, reports)),
    ...(await winLosses(tx, parts.tenant, losses)),
  ];
  const deadlines = await winDeadlines(tx, parts.tenant, due);
  return {
    attempts: new Map(attempts.map((each) => [each.id, each])),
    deadlines: new Map(deadlines.map((each) => [each.id, each])),
  };
}

async function eventsOf(
  inbound: Inbound,
  scope: LockedScope,
  won: Won,
  world: World,
  batch: Batch,
): Promise<RunEvent[]> {
  switch (inbound.kind) {
    case 'begin':
      return hasBegun(scope) ? [] : [{ type: 'run.started' }];
    case 'report': {
      const attempt = won.attempts.get(inbound.attemptId);
      return attempt === undefined ? [] : [eventOfReport(attempt, inbound.reported)];
    }
    case 'lost': {
      const attempt = won.attempts.get(inbound.attemptId);
      return attempt === undefined ? [] : [eventOfLoss(attempt)];
    }
    case 'deadline': {
      const due = won.deadlines.get(inbound.deadlineId);
      if (due === undefined) return [];
      return [
        { type: 'deadline.passed', ref: due.ref, deadline: due.kind, seq: due.seq, claimed: due.claimed },
      ];
    }
    case 'ask': {
      const { events, entries } = await inbound.resolve(world.tx, world.nowMs);
      batch.entries.push(...entries);
      return events;
    }
  }
}

/** Every engine sweeps up queued runs, so two may want to begin the same one; the locked snapshot tells. */
function hasBegun(scope: LockedScope): boolean {
  return (JSON.parse(scope.snapshot) as Snapshot).context.started;
}

/** A report that came too late is written down: the target may have acted although nobody waited. */
function noteLoss(inbound: Inbound, batch: Batch): void {
  if (inbound.kind !== 'report') return;
  batch.entries.push({
    type: 'action.lease-lost',
    actor: { kind: 'system', id: 'worker', channel: 'worker' },
    runId: inbound.runId,
    reason: 'the outcome of an attempt arrived after its lease had gone to somebody else; it was not used',
    data: { attempt: inbound.attemptId, outcome: inbound.reported.outcome.kind },
  });
}

async function moveRun(world: World, batch: Batch, scope: LockedScope, events: RunEvent[]): Promise<boolean> {
  const { parts } = world;
  const loaded = await parts.loadPlan(scope.digest);
  const before = JSON.parse(scope.snapshot) as Snapshot;
  let snapshot = before;
  let finish: Extract<Command, { kind: 'finish-run' }> | undefined;
  const queue = [...events];
  try {
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) {
      const decision = decideOrBreak(decidingOf(world, loaded, scope), snapshot, event);
      snapshot = decision.snapshot;
      batch.entries.push(...decision.entries);
      for (const command of decision.commands) {
        queue.push(...(await answer(world, batch, scope, command)));
        gather(batch, command, scope, parts.mint, { entryId: intentOf(world, batch, command) });
        if (command.kind === 'finish-run') finish = command;
      }
    }
  } catch (error) {
    if (!(error instanceof InvariantBroken)) throw error;
    parts.log('error', 'a run halted because of a mistake in the engine', {
      runId: scope.runId,
      error: error.message,
    });
    finish = { kind: 'finish-run', outcome: 'failed', reason: `engine: ${error.message}`, outputs: {} };
    batch.entries.push(haltedEntry(scope, error.message));
    snapshot = await haltRun(world.tx, parts, batch, scope, loaded.plan, snapshot);
  }
  // Only entries: a run that has ended ignores what still comes in, and its row must stay as it is.
  if (snapshot === before && finish === undefined) return false;
  gatherState(batch, loaded.plan, scope, before, snapshot, finish);
  return finish !== undefined;
}

/** A decision is pure: one that breaks off would break off again, and keep everybody busy for ever. */
function decideOrBreak(deciding: Deciding, snapshot: Snapshot, event: RunEvent): Decision {
  try {
    return decide(deciding, snapshot, event);
  } catch (error) {
    if (error instanceof InvariantBroken) throw error;
    const what = error instanceof Error ? error.name : 'unknown error';
    throw new InvariantBroken(`the decision about ${event.type} broke off: ${what}`);
  }
}

/** Commands that only the database can answer; their answer is the next event of the same transaction. */
async function answer(world: World, batch: Batch, scope: LockedScope, command: Command): Promise<RunEvent[]> {
  if (command.kind === 'check-guards') {
    const stops =
      command.rendered.class === 'contain' || command.rendered.class === 'eradicate'
        ? await world.stops()
        : [];
    return [judgeDispatch(command, scope.playbookId, stops)];
  }
  if (command.kind === 'revoke-attempt') {
    const fresh = batch.attempts.filter(
      (row) => row.run_id === scope.runId && row.step_path === command.ref && !row.revoked,
    );
    for (const row of fresh) row.revoked = true;
    const taken =
      fresh.length > 0 || (await revokeAttempt(world.tx, world.parts.tenant, scope.runId, command.ref));
    return taken ? [{ type: 'attempt.revoked', ref: command.ref }] : [];
  }
  return [];
}

/** The attempt's intent is the entry written just before; it gets its id here so that the row can name it. */
function intentOf(world: World, batch: Batch, command: Command): string {
  if (command.kind !== 'enqueue-attempt') return '';
  const intent = batch.entries.findLast(
    (entry) => entry.actionKey === command.rendered.actionKey && entry.type === 'action.attempted',
  );
  if (intent === undefined) return '';
  intent.id ??= world.parts.mint('EntryId');
  return intent.id;
}

function decidingOf(world: World, loaded: LoadedPlan, scope: LockedScope): Deciding {
  return {
    plan: loaded.plan,
    machine: loaded.machine,
    given: scope.given,
    nowMs: world.nowMs,
    connections: world.parts.connections,
  };
}

function haltedEntry(scope: LockedScope, message: string): EntryDraft {
  return {
    type: 'run.finished',
    actor: { kind: 'system', id: 'engine', channel: 'engine' },
    runId: scope.runId,
    outcome: 'failure',
    code: 'run/halted',
    reason: message,
  };
}
