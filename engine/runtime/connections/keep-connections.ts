import { performance } from 'node:perf_hooks';
import type { TestResult } from '../../core/connection/judge-probe.ts';
import { wordsOf } from '../../core/connection/judge-probe.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import { type Keeper, lookByClock } from '../look-by-clock.ts';
import { recordAudit } from '../record-audit.ts';
import {
  type ClaimedTest,
  claimTests,
  type OwnConnection,
  sayConnections,
  settleTest,
  tellCalls,
} from '../store/queries/connections.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { ConnectionParts } from './connection-parts.ts';
import { probeConnection, probeTimeoutMs } from './probe-connection.ts';

/*
 * What a worker does for its connections besides using them: it says that it has them and what calls met, and tests
 * those that somebody asked for or that are due. A test is taken by one worker at a time, by lease and fence.
 */

const tellMs = 5_000;
const sayMs = 60_000;
const lookMs = 1_000;
const leaseMs = 90_000;
const atOnce = 4;
/** After a start: one that was changed is known to work soon, and a start is not slowed down. */
const firstMs = 60_000;
const everyMs = 3_600_000;

export function createConnectionKeeper(parts: ConnectionParts): Keeper {
  const failed = (what: string) => (error: unknown) =>
    parts.log('warn', `${what}; trying again`, { error: String(error) });
  const stop = new AbortController();
  let testMs: number | null = firstMs * (1 + parts.chance());
  const keepers = [
    lookByClock({
      everyMs: sayMs,
      async pass() {
        await sayOwn(parts, testMs);
        testMs = null;
      },
      failed: failed('saying which connections there are failed'),
    }),
    lookByClock({
      everyMs: tellMs,
      pass: () => tellNoted(parts),
      failed: failed('telling what calls met failed'),
    }),
    lookByClock({
      everyMs: lookMs,
      passesMax: 2,
      pass: () => testDue(parts, stop.signal),
      failed: failed('testing connections failed'),
    }),
  ];
  return {
    start() {
      if (parts.connections.length === 0) return;
      for (const keeper of keepers) keeper.start();
    },
    async stop() {
      stop.abort(new Error('the process is stopping'));
      await Promise.all(keepers.map((keeper) => keeper.stop()));
      await tellNoted(parts).catch(failed('telling what calls met failed'));
    },
  };
}

/** @param testMs of one that has just started: when all of them are tested at the latest */
export function sayOwn(parts: ConnectionParts, testMs: number | null = null): Promise<void> {
  const own = parts.connections.map(({ system, id, settings }) => ({
    system,
    id,
    addresses: originsOf(settings),
  }));
  return sayConnections(parts.database, parts.tenant, own, testMs);
}

/** Together below what the table takes; a host name has at most 253 signs. */
const originMax = 300;
const originsMax = 30;

function originsOf(settings: { [name: string]: string }): OwnConnection['addresses'] {
  const origins = Object.entries(settings).flatMap(([name, value]) => {
    if (!URL.canParse(value)) return [];
    const { protocol, host } = new URL(value);
    const origin = `${protocol}//${host}`;
    return host === '' || origin.length > originMax ? [] : [[name.slice(0, 64), origin] as const];
  });
  return Object.fromEntries(origins.slice(0, originsMax));
}

export async function tellNoted({ calls, database, tenant }: ConnectionParts): Promise<void> {
  const takenAt = performance.now();
  const taken = calls.take();
  if (taken.length === 0) return;
  try {
    await tellCalls(database, tenant, taken);
  } catch (error) {
    calls.putBack(taken, takenAt);
    throw error;
  }
}

/** @returns how many were tested */
export async function testDue(
  parts: ConnectionParts,
  stop: AbortSignal = new AbortController().signal,
): Promise<number> {
  let tested = 0;
  while (!stop.aborted) {
    const claimedAt = performance.now();
    const claimed = await parts.database.transaction((tx) =>
      claimTests(tx, parts.tenant, parts.connections, { leaseMs, atOnce }),
    );
    if (claimed.length === 0) break;
    const late = () => performance.now() - claimedAt > leaseMs - probeTimeoutMs;
    const ends = await Promise.allSettled(claimed.map((test) => testOne(parts, test, late, stop)));
    for (const end of ends)
      if (end.status === 'rejected')
        parts.log('warn', 'a test of a connection was not settled; it is done again', {
          error: String(end.reason),
        });
    tested += ends.filter(({ status }) => status === 'fulfilled').length;
  }
  return tested;
}

async function testOne(
  parts: ConnectionParts,
  test: ClaimedTest,
  late: () => boolean,
  stop: AbortSignal,
): Promise<void> {
  const connection = parts.connections.find(({ system, id }) => system === test.system && id === test.id);
  if (connection === undefined) throw new Error('a connection was claimed that this worker does not have');
  const check = () => {
    if (late()) throw new Error('the test was held too long');
  };
  const result = await probeConnection(parts, connection, check, stop);
  // Broken off by us, or by a process that stood still, says nothing about it: when the lease is over, it is tested anew.
  if (stop.aborted || late()) return;
  const nextMs = everyMs * (1 + parts.chance() / 6);
  await parts.database.transaction(async (tx) => {
    if (!(await settleTest(tx, parts.tenant, test, result, nextMs))) return;
    const entry = entryOf(test, result);
    if (entry !== null) await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  });
  parts.onEntries?.();
}

/** What was asked for, and what has changed: a test that finds the same each hour is no news. */
function entryOf({ system, id, askedBy, before }: ClaimedTest, result: TestResult): EntryDraft | null {
  const words = wordsOf(result);
  const same = before !== null && JSON.stringify(wordsOf(before)) === JSON.stringify(words);
  if (askedBy === null && same) return null;
  return {
    type: 'connection.tested',
    actor: { kind: 'system', id: 'connections', channel: 'worker' },
    ...(askedBy !== null && { onBehalfOf: askedBy.actor.id, requestId: askedBy.requestId }),
    connection: id,
    outcome: result.state === 'failing' ? 'failure' : 'success',
    data: { system, ...words, before: before?.state ?? 'untested' },
  };
}
