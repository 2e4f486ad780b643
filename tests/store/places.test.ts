import { expect, it, onTestFinished } from 'vitest';
import { createAdmitter } from '../../engine/runtime/admit-runs.ts';
import { givePlace, hasPlace, takePlace } from '../../engine/runtime/claim-place.ts';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import type { Advancer } from '../../engine/runtime/gather-inbounds.ts';
import type { LockedRun } from '../../engine/runtime/store/queries/lock-scopes.ts';
import type { World } from '../../engine/runtime/world.ts';
import { defaultTenant, type RunId } from '../../schemas/ids.ts';
import { addRun } from '../support/corridor-rows.ts';
import { useDatabase } from '../support/database.ts';

/* Places in a concurrency group (language reference 9.15, item 6). */

const { app } = await useDatabase();

const inGroup = async (group: string, row: object) =>
  (await addRun(app, { concurrency_group: group, concurrency_limit: 1, ...row })) as RunId;
/** Its wait is over, or it is looked at once more in the queue for its place. */
const returns = (runId: RunId, group: string, limit = 1) =>
  app.transaction(async (tx) => {
    const run = { runId, group, limit };
    return (
      (await takePlace(tx, defaultTenant, run, 'away')) || takePlace(tx, defaultTenant, run, 'returning')
    );
  });
const waits = (runId: RunId, group: string) =>
  app.transaction((tx) => {
    const world = { tx, parts: { tenant: defaultTenant }, batch: { freedGroups: [] as string[] } };
    return givePlace(world as unknown as World, { runId, concurrencyGroup: group } as LockedRun);
  });
const begins = (runId: RunId, group: string) =>
  app.transaction((tx) => hasPlace(tx, defaultTenant, runId, group, 1));
const end = (runId: RunId) => app.query(`update runs set state = 'succeeded' where id = $1`, [runId]);

it('whoever comes back from a wait is served ahead of whoever has not begun', async () => {
  const acting = await inGroup('a', { state: 'running' });
  const newcomer = await inGroup('a', { state: 'queued' });
  const back = await inGroup('a', { state: 'waiting', place: 'away' });
  expect(await returns(back, 'a')).toBe(false);
  await end(acting);
  expect(await begins(newcomer, 'a')).toBe(false);
  expect(await returns(back, 'a')).toBe(true);
  expect(await begins(newcomer, 'a')).toBe(false);
  await end(back);
  expect(await begins(newcomer, 'a')).toBe(true);
});

it('a run that waits elsewhere keeps nobody out', async () => {
  await inGroup('b', { state: 'waiting', place: 'away' });
  const newcomer = await inGroup('b', { state: 'queued' });
  expect(await begins(newcomer, 'b')).toBe(true);
});

it('of many that come back at the same moment one has the place, and the others get it in turn', async () => {
  const all = await Promise.all(
    Array.from({ length: 8 }, () => inGroup('c', { state: 'waiting', place: 'away' })),
  );
  const waiting = new Set(all);
  while (waiting.size > 0) {
    const served: RunId[] = [];
    await Promise.all(
      [...waiting].map(async (runId) => {
        if (await returns(runId, 'c')) served.push(runId);
      }),
    );
    const [one, ...more] = served;
    expect(more).toEqual([]);
    if (one === undefined) continue;
    waiting.delete(one);
    await end(one);
  }
});

it('one that cannot move keeps nobody of another group from beginning', async () => {
  const damaged = await inGroup('d', { state: 'waiting', place: 'returning' });
  const next = await inGroup('e', { state: 'queued' });
  const begun = new Set<string>();
  const advancer: Advancer = {
    async submit({ runId }) {
      if (runId === damaged) throw new Error('its snapshot is damaged');
      begun.add(runId);
    },
    drained: async () => undefined,
  };
  const parts = { database: app, tenant: defaultTenant, log: () => undefined } as unknown as EngineParts;
  const admitter = createAdmitter(parts, advancer);
  onTestFinished(() => admitter.stop());
  admitter.start();
  await expect.poll(() => begun.has(next)).toBe(true);
});

it('five hundred that cannot begin keep nobody from beginning, nor one that cannot its own group', async () => {
  const early = new Date(2020, 0, 1);
  const damaged = new Set(
    await Promise.all(Array.from({ length: 500 }, () => addRun(app, { state: 'queued', created_at: early }))),
  );
  damaged.add(await inGroup('i', { state: 'queued', created_at: early }));
  const free = await addRun(app, { state: 'queued' });
  const next = await inGroup('i', { state: 'queued' });
  const begun = new Set<string>();
  const advancer: Advancer = {
    async submit(inbound) {
      if (damaged.has(inbound.runId)) throw new Error('its row is damaged');
      if (inbound.kind === 'begin') begun.add(inbound.runId);
      if (inbound.kind !== 'ask') return;
      const { events } = await app.transaction((tx) => inbound.resolve(tx, undefined as never));
      if (events.length > 0) begun.add(inbound.runId);
    },
    drained: async () => undefined,
  };
  const parts = { database: app, tenant: defaultTenant, log: () => undefined } as unknown as EngineParts;
  const admitter = createAdmitter(parts, advancer);
  onTestFinished(() => admitter.stop());
  admitter.start();
  await expect.poll(() => [begun.has(free), begun.has(next)], { timeout: 20_000 }).toEqual([true, true]);
});

it('a run that comes back from its second wait queues behind those that came back before', async () => {
  const twice = await inGroup('g', { state: 'waiting', place: 'away' });
  expect(await returns(twice, 'g')).toBe(true);
  await waits(twice, 'g');
  const acting = await inGroup('g', { state: 'running' });
  const other = await inGroup('g', { state: 'waiting', place: 'away' });
  expect(await returns(other, 'g')).toBe(false);
  expect(await returns(twice, 'g')).toBe(false);
  await end(acting);
  expect(await returns(twice, 'g')).toBe(false);
  expect(await returns(other, 'g')).toBe(true);
});

it('a run that waits again is given no place by whoever saw it in the queue before', async () => {
  const run = await inGroup('h', { state: 'waiting', place: 'away' });
  const late = app.transaction((tx) =>
    takePlace(tx, defaultTenant, { runId: run, group: 'h', limit: 1 }, 'returning'),
  );
  expect(await late).toBe(false);
  expect(await begins(await inGroup('h', { state: 'queued' }), 'h')).toBe(true);
});
