import { readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import type { Wish } from '../../engine/runtime/audit/order-ground.ts';
import { type FaultPoint, orderPoints } from '../../engine/runtime/fault-point.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { tenant } from '../audit/draft-entry.ts';
import { fork } from '../audit/fork-log.ts';
import { age, rejuvenate } from '../audit/grown-log.ts';
import { numbered, origin, record, testSeed, until } from '../audit/open-log.ts';
import { orderer } from '../audit/order.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { type SequencerOrders, startSequencerProcess } from './sequencer-process.ts';

/*
 * A sequencer that does what two people ordered about the log dies at every wait on the way; the next one,
 * which dies at the next, goes on. In the end the order is done once and everything verifies.
 */

interface Scene {
  database: TestDatabase;
  orders: SequencerOrders;
  place: string;
}

/** Points in the order in which they come, each with how many waits are behind it. */
type Deaths = [point: FaultPoint, passings: number][];

const met = new Set<FaultPoint>();

async function openScene(forked: boolean): Promise<Scene> {
  const database = await useDatabase();
  const place = await temporaryFolder();
  const keyFile = join(await temporaryFolder(), 'audit-key');
  // The seed of the log that the test made: the process finds it as its own.
  await writeFile(keyFile, Buffer.from(testSeed).toString('base64'), { mode: 0o600 });
  if (forked) await fork(database, place);
  return {
    database,
    place,
    orders: { databaseUrl: database.url, keyFile, places: [place], retentionDays: 400 },
  };
}

/** Starts one after the other, each dies where it is told. */
async function dieAtAll({ orders }: Scene, deaths: Deaths): Promise<void> {
  for (const [point, passings] of deaths) {
    for (let passing = 1; passing <= passings; passing++) {
      const sequencer = startSequencerProcess(orders, { point, passing });
      await until(() => !sequencer.running(), `it dies at passing ${passing} of ${point}`);
      expect(sequencer.endedBy(), `${point} ${passing}: ${sequencer.said()}`).toBe('SIGKILL');
      // It got so far, and there is no further wait of this name behind the last one.
      expect(sequencer.passed(point)).toBe(passing);
      met.add(point);
    }
  }
}

/** One that dies behind a commit tells how many waits there were before it: as many as were tried. */
async function dieBehind(scene: Scene, point: FaultPoint, step: FaultPoint, steps: number): Promise<void> {
  const sequencer = startSequencerProcess(scene.orders, { point, passing: 1 });
  await until(() => !sequencer.running(), `it dies at ${point}`);
  expect(sequencer.endedBy(), sequencer.said()).toBe('SIGKILL');
  expect(sequencer.passed(step), sequencer.said()).toBe(steps);
  met.add(point);
}

/** One that lives, until nothing waits. */
async function settle({ database, orders }: Scene, done: () => Promise<boolean>): Promise<void> {
  const last = startSequencerProcess(orders, null);
  await until(async () => {
    if (!last.running()) throw new Error(`it ended: ${last.said()}`);
    const { rows } = await database.owner.query<{ left: boolean }>(
      `select exists (select 1 from audit_pending)
         or exists (select 1 from audit_orders where state in ('proposed', 'confirmed')) as left`,
    );
    return rows[0]?.left === false && (await done());
  }, 'everything is done');
  await last.stop();
}

async function order({ database }: Scene, wish: Wish): Promise<string> {
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  const proposed = await ada.propose(wish, 'because of the test');
  if (!proposed.ok) throw new Error(proposed.detail);
  const confirmed = await bo.confirm(proposed.digest);
  if (!confirmed.ok) throw new Error(confirmed.detail);
  return proposed.digest;
}

async function expectOnce({ database, orders }: Scene, type: string, keys: number): Promise<void> {
  const { rows } = await database.owner.query<{ n: number; done: number }>(
    `select (select count(*)::int from audit_log where convert_from(entry, 'UTF8') like '%"type":"' || $1 || '"%') as n,
       (select count(*)::int from audit_orders where state = 'done') as done`,
    [type],
  );
  expect(rows[0]).toEqual({ n: type === 'log.started' ? 2 : 1, done: 1 });
  for (const { log } of (
    await database.owner.query<{ log: string }>('select log_id as log from audit_log_meta')
  ).rows)
    expect(await verifyAudit(database.app, tenant, { logId: log })).toMatchObject({ ok: true, problems: [] });
  // Every key that has its name is whole: the last start read them all.
  const named = readdirSync(dirname(orders.keyFile)).filter((name) => !name.includes('draft'));
  expect(named.length, named.join()).toBeGreaterThanOrEqual(keys);
  expect(named).toContain(basename(orders.keyFile));
}

const lead = async (scene: Scene, entries: number): Promise<void> => {
  await record(scene.database, numbered(entries));
  await settle(scene, async () => true);
};

it('a new log begins once', { timeout: 120_000 }, async () => {
  const scene = await openScene(true);
  const { database } = scene;
  const halted = startSequencerProcess(scene.orders, null);
  await until(
    async () => (await database.owner.query('select 1 from audit_doubt')).rowCount === 1,
    'the evidence is written',
  );
  await halted.stop();
  await order(scene, { kind: 'incarnation', oldKey: 'good' });
  const steps = 10;
  await dieAtAll(scene, [
    ['key.drafted', 1],
    ['key.named', 1],
    ['incarnation.key-made', 1],
    ['incarnation.step', steps],
  ]);
  await dieBehind(scene, 'incarnation.begun', 'incarnation.step', steps);
  // Until the first head is signed by the old key too.
  await dieAtAll(scene, [
    ['seal.before-commit', 1],
    ['seal.committed', 1],
    ['seal.signed', 1],
    ['seal.kept', 1],
  ]);
  await settle(scene, async () => true);
  await expectOnce(scene, 'log.started', 2);
  const { rows } = await database.owner.query<{ note: string }>(
    "select note from audit_checkpoint where log_id <> '1' order by size limit 1",
  );
  expect(rows[0]?.note.match(/^— /gm)).toHaveLength(2);
});

it('a key hands over once, over one head that both sign', { timeout: 120_000 }, async () => {
  const scene = await openScene(false);
  await lead(scene, 5);
  await order(scene, { kind: 'key' });
  const steps = 6;
  await dieAtAll(scene, [
    ['key.drafted', 1],
    ['key.named', 1],
    ['own.step', steps],
  ]);
  await dieBehind(scene, 'own.sealed', 'own.step', steps);
  await dieAtAll(scene, [
    ['seal.signed', 1],
    ['seal.kept', 1],
  ]);
  await settle(scene, async () => true);
  await expectOnce(scene, 'log.key-changed', 2);
  const { rows } = await scene.database.owner.query<{ note: string }>(
    'select note from audit_checkpoint where size > (select since from audit_key) order by size limit 1',
  );
  expect(rows[0]?.note.match(/^— /gm)).toHaveLength(2);
});

it('texts go once, and only after the log has said so', { timeout: 120_000 }, async () => {
  const scene = await openScene(false);
  const { database } = scene;
  await lead(scene, 600);
  await age(database, 600, 500);
  const archive = `sha256:${'a'.repeat(64)}`;
  await order(scene, {
    kind: 'truncation',
    archive,
    archivedLog: origin,
    archivedTo: 600,
    retentionDays: 400,
  });
  await dieAtAll(scene, [['own.step', 4]]);
  await dieBehind(scene, 'own.sealed', 'own.step', 4);
  await dieAtAll(scene, [
    ['seal.signed', 1],
    ['seal.kept', 1],
    ['truncate.step', 3],
  ]);
  const texts = 'select count(entry)::int as n from audit_log where idx < 512';
  expect((await database.owner.query(texts)).rows[0]).toEqual({ n: 512 });
  await dieBehind(scene, 'truncate.raised', 'truncate.step', 3);
  await dieAtAll(scene, [['truncate.cleared', 1]]);
  await settle(scene, async () => (await database.owner.query(texts)).rows[0]?.n === 1);
  await rejuvenate(database, 600, 500);
  await expectOnce(scene, 'audit.truncated', 1);
});

it('a place is given up once', { timeout: 120_000 }, async () => {
  const scene = await openScene(false);
  await lead(scene, 5);
  await rm(scene.place, { recursive: true });
  await order(scene, { kind: 'place', place: anchorDirectory(scene.place).name });
  await dieAtAll(scene, [['place.step', 3]]);
  await dieBehind(scene, 'place.given-up', 'place.step', 3);
  await settle(scene, async () => true);
  await expectOnce(scene, 'log.place-given-up', 1);
});

it('no point of an order is dead', () => {
  expect([...met].filter((point) => orderPoints.some((each) => each === point)).sort()).toEqual(
    [...orderPoints].sort(),
  );
});
