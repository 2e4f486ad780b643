import type { RunEvent } from '../core/contracts/command.ts';
import { decodeSnapshot } from '../core/run/stored-snapshot.ts';
import type { Batch } from './batch.ts';
import { passedBy } from './due.ts';
import type { EngineParts } from './engine-parts.ts';
import { eventOfLoss, eventOfReport, type Inbound, type WonAttempt } from './inbound.ts';
import { scopeKey } from './scope-name.ts';
import { takeMessages } from './store/queries/take-messages.ts';
import {
  claimedSteps,
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
  deadlines: Map<string, WonDeadline>;
  mail: Map<string, RunEvent[]>;
}

export async function winFacts(tx: Tx, parts: EngineParts, inbounds: readonly Inbound[]): Promise<Won> {
  const { tenant } = parts;
  const reports = inbounds.flatMap((each) =>
    each.kind === 'report' ? [{ id: each.attemptId, fence: each.fence, outcome: each.reported.outcome }] : [],
  );
  const losses = inbounds.flatMap((each) =>
    each.kind === 'lost' ? [{ id: each.attemptId, fence: each.fence }] : [],
  );
  const due = inbounds.flatMap((each) => (each.kind === 'deadline' ? [each.deadlineId] : []));
  const read = inbounds.filter((each) => each.kind === 'mail');
  const attempts = [...(await winReports(tx, tenant, reports)), ...(await winLosses(tx, tenant, losses))];
  const deadlines = await winDeadlines(tx, tenant, due);
  const mail = new Map<string, RunEvent[]>();
  for (const message of await takeMessages(tx, tenant, read)) {
    const key = scopeKey(message);
    mail.set(key, [...(mail.get(key) ?? []), message.event]);
  }
  return {
    attempts: new Map(attempts.map((each) => [each.id, each])),
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
  moving.due = rest;
  if (passed.length === 0) return [];
  const refs = passed.map(({ ref }) => ref);
  const claimed = await claimedSteps(tx, parts.tenant, moving.scope.runId, refs);
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
  if (scope.snapshot === null) return false;
  const snapshot = decodeSnapshot(scope.snapshot);
  return 'context' in snapshot && snapshot.context.started;
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
