import { beforeEach, expect, test } from 'vitest';
import type { AnchorPlace } from '../../engine/runtime/audit/anchor-place.ts';
import type { Wish } from '../../engine/runtime/audit/order-ground.ts';
import { readLogState } from '../../engine/runtime/read/read-log-state.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { tenant } from './draft-entry.ts';
import { age, rejuvenate } from './grown-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { type Orderer, orderer } from './order.ts';

/* An order that waits for a place outside keeps no other one from being given: least of all that the place is given up. */

let database: TestDatabase;
let ada: Orderer;
let bo: Orderer;
beforeEach(async () => {
  database = await useDatabase();
  ada = await orderer(database, 'ada');
  bo = await orderer(database, 'bo');
});

const is = async (text: string) => (await database.owner.query(text)).rowCount === 1;

/** It takes what it is brought until it is gone. */
function placeOutside(wants: AnchorPlace['wants']): AnchorPlace & { gone: boolean } {
  const place = {
    name: 'test://place',
    wants,
    gone: false,
    async newest() {
      if (place.gone && wants === 'each') throw new Error('it is gone');
      return null;
    },
    async carry() {
      if (place.gone) throw new Error('it is gone');
      return [];
    },
  };
  return place;
}

const open = (place: AnchorPlace, retentionDays: number | null = null) =>
  sequencerOf(database.sequencer, {
    keys: keysOf(testSigner),
    places: [place],
    retentionDays,
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 },
  });

async function ordered(wish: Wish): Promise<void> {
  const proposed = await ada.propose(wish, 'because');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });
}

const truncation = {
  kind: 'truncation',
  archive: `sha256:${'a'.repeat(64)}`,
  archivedLog: origin,
  archivedTo: 512,
  retentionDays: 400,
} as const;

test('a truncation waits for a place that is gone, and neither a new key nor giving the place up waits for it', async () => {
  const place = placeOutside('newest');
  const sequencer = open(place, 400);
  await record(database, numbered(600));
  await sequencer.start();
  await until(() => is('select 1 from audit_anchor where size > 512'), 'brought');
  await age(database, 512, 500);
  place.gone = true;
  await ordered(truncation);
  await until(() => is('select 1 from audit_orders where entry_index is not null'), 'said');

  // A second one of its kind is told what the first one waits for.
  expect(await ada.propose(truncation, 'again')).toMatchObject({
    code: 'request/conflict',
    detail: expect.stringContaining(place.name),
  });
  expect((await readLogState(database.app, tenant)).orders).toMatchObject([
    { state: 'confirmed', terms: { kind: 'truncation' }, waitsFor: [place.name] },
  ]);
  await ordered({ kind: 'key' });
  await until(
    () => is("select 1 from audit_orders where kind = 'key' and state = 'done'"),
    'it has a new key',
  );
  expect(await is('select 1 from audit_log_meta where min_index = 0')).toBe(true);

  await ordered({ kind: 'place', place: place.name });
  await until(() => is('select 1 from audit_log_meta where cleared_below = 512'), 'the texts are gone');
  expect((await readLogState(database.app, tenant)).orders).toEqual([]);
  await sequencer.stop();
  await rejuvenate(database, 512, 500);
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, problems: [], prunedBelow: 512 });
});

test('what was ordered of a log that nobody can lead is done once the place that nobody reaches is given up', async () => {
  const place = placeOutside('each');
  await record(database, numbered(3));
  const before = open(place);
  await before.start();
  await before.stop();
  place.gone = true;
  const sequencer = open(place);
  await sequencer.start();
  expect(sequencer.status().state).toBe('standby');
  await ordered({ kind: 'key' });
  const proposed = await ada.propose({ kind: 'place', place: place.name }, 'the array is gone');
  expect(proposed).toMatchObject({ ok: true });
  // A proposal takes the place of one of its own kind only.
  const again = await ada.propose({ kind: 'place', place: place.name }, 'the array is gone for good');
  expect((await readLogState(database.app, tenant)).orders).toMatchObject([
    { state: 'proposed', terms: { kind: 'place', reason: 'the array is gone for good' } },
    { state: 'confirmed', terms: { kind: 'key' } },
  ]);
  expect(await bo.confirm(again.ok ? again.digest : '')).toMatchObject({ ok: true });
  await until(
    () => is("select 1 from audit_orders where kind = 'key' and state = 'done'"),
    'it has a new key',
  );
  expect(sequencer.status().state).toBe('leading');
  await sequencer.stop();
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, problems: [] });
});
