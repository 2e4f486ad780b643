import type { RunEvent } from '../core/contracts/command.ts';
import { invariant } from '../core/contracts/invariant.ts';
import type { Batch } from './batch.ts';
import { passedBy } from './due.ts';
import type { EngineParts } from './engine-parts.ts';
import { eventOfLoss, eventOfReport, type Inbound, type WonAttempt } from './inbound.ts';
import { isLoadable } from './park-runs.ts';
import { scopeKey } from './scope-name.ts';
import { takeEarlier, takeMessages } from './store/queries/take-messages.ts';
import {
  claimedSteps,
  findReported,
  type WonDeadline,
  winDeadlines,
  winLosses,
  winReports,
} from './store/queries/win-facts.ts';
import type { Tx } from './store/sql.ts';
import type { Moving, World } from './world.ts';

/*
 * An inbound only says that something may have happened. Here its fact is won in the database, or lost
 * to whoever was faster, and becomes the events that a decision is made about.
 */

export interface Won {
  attempts: Map<string, WonAttempt>;
  /** Attempts whose report was taken up before: the answer to its commit was lost, and it came again. */
  repeated: ReadonlySet<string>;
  deadlines: Map<string, WonDeadline>;
  mail: Map<string, RunEvent[]>;
}

/** Reports that were won in the turn in which their scopes were locked. */
export interface WonEarly {
  tried: ReadonlySet<Inbound>;
  won: readonly WonAttempt[];
}

/**
 * Given right behind the locks, without waiting for them. Only of runs that are known to be loadable: nothing of a
 * parked run may be won. A scope whose run is kept is there, since neither is ever deleted.
 */
export async function winEarly(
  tx: Tx,
  { tenant, keptRuns }: EngineParts,
  inbounds: readonly Inbound[],
): Promise<WonEarly> {
  const tried = inbounds.filter((each) => {
    const run = each.kind === 'report' ? keptRuns.get(each.runId) : undefined;
    return run !== undefined && isLoadable(run);
  });
  return { tried: new Set(tried), won: await winReports(tx, tenant, reportsOf(tried)) };
}

function reportsOf(inbounds: readonly Inbound[]) {
  return inbounds.flatMap((each) =>
    each.kind === 'report' ? [{ id: each.attemptId, fence: each.fence, outcome: each.reported.outcome }] : [],
  );
}

export async function winFacts(
  tx: Tx,
  parts: EngineParts,
  inbounds: readonly Inbound[],
  early: WonEarly = { tried: new Set(), won: [] },
): Promise<Won> {
  const { tenant } = parts;
  const present = new Set(inbounds);
  invariant(
    [...early.tried].every((each) => present.has(each)),
    'a report was won of a scope that is not there',
  );
  const reports = reportsOf(inbounds.filter((each) => !early.tried.has(each)));
  const losses = inbounds.flatMap((each) =>
    each.kind === 'lost' ? [{ id: each.attemptId, fence: each.fence }] : [],
  );
  const due = inbounds.flatMap((each) => (each.kind === 'deadline' ? [each.deadlineId] : []));
  const read = inbounds.filter((each) => each.kind === 'mail');
  const attempts = [
    ...early.won,
    ...(await winReports(tx, tenant, reports)),
    ...(await winLosses(tx, tenant, losses)),
  ];
  const wonIds = new Set<string>(attempts.map(({ id }) => id));
  const unwon = reportsOf(inbounds).filter(({ id }) => !wonIds.has(id));
  const deadlines = await winDeadlines(tx, tenant, due);
  const mail = new Map<string, RunEvent[]>();
  for (const message of await takeMessages(tx, tenant, read)) {
    const key = scopeKey(message);
    mail.set(key, [...(mail.get(key) ?? []), message.event]);
  }
  return {
    attempts: new Map(attempts.map((each) => [each.id, each])),
    repeated: await findReported(tx, tenant, unwon),
    deadlines: new Map(deadlines.map((each) => [each.id, each])),
    mail,
  };
}

export async function eventsOf(
  inbound: Inbound,
  moving: Moving,
  won: Won,
  world: World,
): Promise<RunEvent[]> {
  const { scope } = moving;
  switch (inbound.kind) {
    case 'begin':
      // Paused: it stays queued and is found again. Whoever creates and begins in one has asked before.
      if (hasBegun(scope) || (!scope.unwritten && (await world.pause()) !== null)) return [];
      return [{ type: 'run.started' }];
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
    case 'alarm':
      return alarmOf(moving, world);
    case 'mail':
      return won.mail.get(scopeKey(inbound)) ?? [];
    case 'ask': {
      const { events, entries, mail = [] } = await inbound.resolve(world.tx, world.nowMs);
      world.batch.entries.push(...entries);
      world.mail.push(...mail);
      return events;
    }
  }
}

async function alarmOf(moving: Moving, { tx, parts, nowMs }: World): Promise<RunEvent[]> {
  const { passed, rest } = passedBy(moving.due, nowMs);
  const [first] = passed;
  if (first === undefined) return [];
  const refs = passed.map(({ ref }) => ref);
  const [earlier, claimed] = await Promise.all([
    takeEarlier(tx, parts.tenant, moving.scope, first.atMs),
    claimedSteps(tx, parts.tenant, moving.scope.runId, refs),
  ]);
  // What came in time is heard first, however long nobody looked; what is still due then is found again at once.
  if (earlier.length > 0) return earlier;
  moving.due = rest;
  return passed.map(({ ref, kind, seq }) => ({
    type: 'deadline.passed',
    ref,
    deadline: kind,
    seq,
    claimed: claimed.has(ref),
  }));
}

/** Every engine sweeps up queued runs, so two may want to begin the same one; the locked snapshot tells. */
function hasBegun(scope: Moving['scope']): boolean {
  const { snapshot } = scope;
  return snapshot !== null && 'context' in snapshot && snapshot.context.started;
}

/** A report that came too late is written down: the target may have acted although nobody waited. */
export function noteLoss(inbound: Inbound, batch: Batch): void {
  if (inbound.kind !== 'report') return;
  batch.entries.push({
    type: 'action.lease-lost',
    actor: { kind: 'system', id: 'worker', channel: 'worker' },
    runId: inbound.runId,
    reason: 'the outcome of an attempt arrived after its lease had gone to somebody else; it was not used',
    data: { attempt: inbound.attemptId, outcome: inbound.reported.outcome.kind },
  });
}
