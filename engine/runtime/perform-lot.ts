import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptId } from '../../schemas/ids.ts';
import {
  type Action,
  type ActionContext,
  type ActionOutcome,
  type ActionRegistry,
  type CheckOutcome,
  type Connection,
  majorOf,
} from '../core/contracts/action.ts';
import type { Imap } from '../core/contracts/imap.ts';
import type { Ldap } from '../core/contracts/ldap.ts';
import type { Meters } from '../core/contracts/meters.ts';
import type { Http } from '../core/contracts/ports.ts';
import { claimedAfterAll } from './claimed-after-all.ts';
import { cleanOutcome, nameArtifact } from './clean-outcome.ts';
import type { CallNotes } from './connections/note-calls.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { guardHttp } from './http/guard-http.ts';
import { hideSecrets } from './http/hide-secrets.ts';
import { guardImap } from './imap/guard-imap.ts';
import type { Reported } from './inbound.ts';
import { keepArtifact } from './keep-artifact.ts';
import { guardLdap, hideInLdap } from './ldap/guard-ldap.ts';
import { lookFirst } from './look-first.ts';
import { type ClaimedAttempt, claimAttempts } from './store/queries/claim-attempts.ts';
import { isConnectionLoss, mayPass, sqlState } from './store/sql-state.ts';
import { watchAborts } from './watch-aborts.ts';

/*
 * What a worker does with a lot: claim what can be claimed, perform each by itself, report each by
 * itself. The queue's own acknowledgement comes after. Anything that is not claimed here is somebody
 * else's, held, or over: a second delivery never performs.
 */

export interface WorkerParts {
  engine: EngineParts;
  advancer: Advancer;
  registry: ActionRegistry;
  http: Http;
  /** Connections of their own for releases: those of a storm may all be waiting for a target that is silent. */
  releaseHttp?: Http;
  ldap: Ldap;
  imap: Imap;
  worker: string;
  /** What calls say of the connections they went over; absent: nobody asks. */
  calls?: CallNotes;
  connection(system: string, id: string): Connection | undefined;
  clock: { nowMs(): number };
  meters?: Meters;
}

/** Requests stop this long before the lease ends, so that an answer can still be reported in time. */
const reserveMs = 2_000;

export async function performLot(parts: WorkerParts, ids: AttemptId[], stop: AbortSignal): Promise<void> {
  const claimedAt = performance.now();
  const claimed = await claim(parts, ids);
  if (claimed.length === 0) return;
  await performClaimed(parts, claimed, claimedAt, stop);
}

/**
 * Each by itself: what this worker has claimed, in a transaction that is committed.
 * @param claimedAt on the monotonic clock, from before the claim
 */
export async function performClaimed(
  parts: WorkerParts,
  claimed: readonly ClaimedAttempt[],
  claimedAt: number,
  stop: AbortSignal,
): Promise<void> {
  parts.engine.pass?.('perform.claimed');
  const aborts = watchAborts(
    parts.engine,
    parts.worker,
    claimed.map(({ id }) => id),
    stop,
  );
  // One that breaks off ends neither the lot, whose place is taken, nor the watch over the others.
  const performed = await Promise.allSettled(
    claimed.map((attempt) => performAttempt(parts, attempt, claimedAt, stop, aborts.of(attempt.id))),
  );
  aborts.close();
  for (const each of performed) if (each.status === 'rejected') throw each.reason;
}

/**
 * Two orders to one target, in one lot or by two workers at once, meet at a unique index. The lot is
 * then claimed one by one; what stays queued is sent again when the other order has ended.
 */
async function claim(parts: WorkerParts, ids: AttemptId[]): Promise<ClaimedAttempt[]> {
  const { engine } = parts;
  let tried: ClaimedAttempt[] = [];
  try {
    return await engine.database.transaction(async (tx) => {
      tried = await claimAttempts(tx, engine.tenant, ids, parts.worker, engine.leaseMarginMs);
      if (tried.length > 0) engine.pass?.('perform.before-claim-commit');
      return tried;
    }, inTransaction);
  } catch (error) {
    if (isConnectionLoss(error)) {
      const stand = await claimedAfterAll(engine, parts.worker, tried);
      if (stand.size > 0) return tried.filter(({ id }) => stand.has(id));
    }
    if (sqlState(error) !== uniqueViolation) throw error;
    if (ids.length === 1) return [];
  }
  const claimed: ClaimedAttempt[] = [];
  for (const id of ids) {
    try {
      claimed.push(...(await claim(parts, [id])));
    } catch (error) {
      // What is claimed by now has nobody else.
      if (claimed.length === 0) throw error;
      engine.log('warn', 'the rest of a lot could not be claimed; it is sent again', {
        error: String(error),
      });
      break;
    }
  }
  return claimed;
}

const inTransaction = { station: 'claim' } as const;
const uniqueViolation = '23505';

async function performAttempt(
  parts: WorkerParts,
  attempt: ClaimedAttempt,
  claimedAt: number,
  stop: AbortSignal,
  breakOff: AbortController,
): Promise<void> {
  const timer = setTimeout(() => breakOff.abort(new TimeOver()), attempt.timeoutMs);
  timer.unref();
  const since = performance.now();
  const reported = await touchTarget(parts, attempt, claimedAt, breakOff.signal).finally(() =>
    clearTimeout(timer),
  );
  parts.meters?.attempted(attempt, reported.outcome.kind, (performance.now() - since) / 1_000);
  parts.engine.pass?.('perform.before-report');
  await report(parts, attempt, reported, claimedAt, stop);
  parts.engine.pass?.('perform.reported');
}

const repeatMsMin = 250;
const repeatMsMax = 5_000;

/**
 * What is known must not become unknown because the database was away for a moment: it is said again as long as the
 * lease lasts. A report whose commit was not answered is known by its fence when it comes again.
 */
async function report(
  parts: WorkerParts,
  attempt: ClaimedAttempt,
  reported: Reported,
  claimedAt: number,
  stop: AbortSignal,
): Promise<void> {
  const { id, runId, path, fence, timeoutMs } = attempt;
  const leaseEndsAt = claimedAt + timeoutMs + parts.engine.leaseMarginMs;
  for (let waitMs = repeatMsMin; ; waitMs = Math.min(repeatMsMax, 2 * waitMs)) {
    try {
      return await parts.advancer.submit({ kind: 'report', runId, path, attemptId: id, fence, reported });
    } catch (error) {
      const over = stop.aborted || performance.now() + waitMs > leaseEndsAt;
      if (over || !mayPass(error)) throw error;
      parts.engine.log('warn', 'an outcome could not be reported; trying again', {
        attempt: id,
        error: String(error),
      });
    }
    await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function touchTarget(
  parts: WorkerParts,
  attempt: ClaimedAttempt,
  claimedAt: number,
  signal: AbortSignal,
): Promise<Reported> {
  const action = parts.registry.get(attempt.action);
  const connection = parts.connection(attempt.system, attempt.connection);
  if (action === undefined || majorOf(action.manifest) !== majorOf(attempt) || connection === undefined)
    return notHere(attempt);
  const leaseEndsAt = claimedAt + attempt.timeoutMs + parts.engine.leaseMarginMs - reserveMs;
  const hiding = hideSecrets((attempt.class === 'restore' ? parts.releaseHttp : undefined) ?? parts.http);
  const check = (): void => {
    // Monotonic: a paused process wakes up past its lease and must not send any more.
    if (performance.now() > leaseEndsAt) throw new LeaseOver();
    parts.engine.pass?.('perform.before-send');
  };
  const context: ActionContext = {
    connection: hiding.watch(connection),
    http: guardHttp(hiding.http, check),
    ldap: guardLdap(hideInLdap(parts.ldap, hiding.hide), check),
    imap: guardImap(parts.imap, check, hiding.hide),
    signal,
    actionKey: attempt.actionKey,
    nowMs: parts.clock.nowMs,
  };
  const watched = (system: string, id: string) => {
    const found = parts.connection(system, id);
    return found === undefined ? undefined : hiding.watch(found);
  };
  const looking = { ...parts, connection: watched };
  const standing = attempt.look === null ? null : await lookFirst(looking, attempt, context, attempt.look);
  if (standing !== null && standing.kind !== 'stands') return { of: 'look', outcome: standing };
  try {
    const answered = await callAction(action, attempt, context);
    parts.engine.pass?.('perform.answered');
    const { reported: cleaned, excess } = cleanOutcome(answered, attempt.class);
    parts.calls?.note(attempt.system, attempt.connection, cleaned);
    const kept = excess === null ? null : await keepArtifact(parts.engine, attempt, excess);
    const reported = kept === null ? cleaned : nameArtifact(cleaned, kept);
    return standing !== null && reported.of === 'action'
      ? { ...reported, looked: standing.looked }
      : reported;
  } catch (error) {
    return unexpected(parts, attempt, error);
  }
}

async function callAction(
  action: Action,
  attempt: ClaimedAttempt,
  context: ActionContext,
): Promise<Reported> {
  switch (attempt.purpose) {
    case 'perform':
      return { of: 'action', outcome: await action.perform(context, attempt.arguments) };
    case 'confirm':
      if (action.confirm === undefined) return { of: 'action', outcome: cannot('confirm', attempt) };
      return {
        of: 'action',
        outcome: await action.confirm(context, attempt.arguments, attempt.handle ?? {}),
      };
    case 'check':
      if (action.check === undefined) return { of: 'check', outcome: cannot('check', attempt) };
      return { of: 'check', outcome: await action.check(context, attempt.arguments) };
  }
}

function cannot(what: string, attempt: ClaimedAttempt): { kind: 'unknown'; message: string } {
  return { kind: 'unknown', message: `${attempt.action} cannot ${what}` };
}

/** Nothing was sent, so this is a failure and not an unknown. */
function notHere(attempt: ClaimedAttempt): Reported {
  const action = `${attempt.action}@${majorOf(attempt)}`;
  const message = `this worker has no action ${action} or no connection ${attempt.connection}`;
  if (attempt.purpose === 'check') return { of: 'check', outcome: { kind: 'unknown', message } };
  return {
    of: 'action',
    outcome: { kind: 'failed', failure: { code: 'unavailable', kind: 'retryable', message } },
  };
}

/** An action that throws may have acted before it threw. */
function unexpected(parts: WorkerParts, attempt: ClaimedAttempt, error: unknown): Reported {
  const message =
    error instanceof LeaseOver
      ? 'the lease was over before the request was sent'
      : `the action broke off: ${nameOf(error)}`;
  parts.engine.log('warn', 'an attempt broke off', {
    attempt: attempt.id,
    action: attempt.action,
    error: nameOf(error),
  });
  const unknown: ActionOutcome & CheckOutcome = { kind: 'unknown', message };
  return attempt.purpose === 'check' ? { of: 'check', outcome: unknown } : { of: 'action', outcome: unknown };
}

/** Only the kind of error: its text may echo what was sent. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

/** Named as that of `AbortSignal.timeout` is: clients tell time-outs by it. */
class TimeOver extends Error {
  constructor() {
    super('the time of the attempt is over');
    this.name = 'TimeoutError';
  }
}

class LeaseOver extends Error {
  constructor() {
    super('lease over');
    this.name = 'LeaseOver';
  }
}
