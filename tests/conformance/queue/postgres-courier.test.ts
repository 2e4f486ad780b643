import { Client } from 'pg';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import type { Courier } from '../../../engine/runtime/queue/courier.ts';
import { openPostgresLink } from '../../../engine/runtime/queue/postgres-link.ts';
import { recoveryTimes } from '../../../engine/runtime/queue/queue-link.ts';
import { useDatabase } from '../../support/database.ts';
import { buildLot } from './build-lot.ts';
import { type OpenOptions, openCourier } from './open-courier.ts';
import { patience, takeNote } from './take-note.ts';

/* What only the PostgreSQL backend can suffer: migrations, lost listening connections, wrong clocks. */

const { url } = await useDatabase();
const admin = new Client({ connectionString: url });
await admin.connect();
afterAll(() => admin.end());

async function open(options: Partial<OpenOptions> = {}): Promise<Courier> {
  const courier = await openCourier('PostgreSQL', { url, namespace: 'test', ...options });
  onTestFinished(() => courier.close(0));
  return courier;
}

test('processes that start together on an empty database migrate it once', async () => {
  const { url } = await useDatabase();
  const couriers = await Promise.all([open({ url }), open({ url }), open({ url }), open({ url })]);
  const note = takeNote();
  await couriers[0]?.work(['mail'], { concurrency: 1 }, note.perform);
  await couriers[3]?.send([buildLot('mail')]);
  await note.counts(1);
  await Promise.all(couriers.map((courier) => courier.close(0)));
});

test('fifteen systems share the connections of one process', async () => {
  const courier = await open({ namespace: 'many' });
  const systems = Array.from({ length: 15 }, (_, index) => `system-${index}`);
  const note = takeNote();
  await courier.work(systems, { concurrency: 4 }, note.perform);
  await courier.send(systems.map((system) => buildLot(system)));
  await note.counts(15);
  const { rows } = await admin.query<{ connections: number }>(
    `select count(*)::int as connections from pg_stat_activity
     where application_name = 'riposte queue' and datname = current_database()`,
  );
  expect(rows[0]?.connections).toBeLessThanOrEqual(8);
});

test('a connection that is cut between the pool and whoever takes it from there ends no process', async () => {
  const link = await openPostgresLink(url, recoveryTimes, () => undefined);
  onTestFinished(() => link.close());
  const client = await link.pool.connect();
  // Without a listener an emitter throws what it was to tell.
  expect(() => client.emit('error', new Error('cut'))).not.toThrow();
  client.release(true);
});

test('workers whose connections the server ended hear of new lots again', async () => {
  const courier = await open({ namespace: 'ended' });
  const note = takeNote();
  await courier.work(['mail', 'directory'], { concurrency: 1 }, note.perform);
  await courier.send([buildLot('mail')]);
  await note.counts(1);
  for (let lots = 2; lots < 5; lots++) {
    const { rows } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'riposte queue' and datname = current_database()`,
    );
    expect(rows.length).toBeGreaterThan(0);
    await vi.waitFor(() => courier.send([buildLot(lots % 2 === 0 ? 'mail' : 'directory')]), patience);
    await note.counts(lots);
  }
});

test('what a worker with a fast clock left behind does not keep its lot from being delivered again', async () => {
  const abandoned = await open({ namespace: 'skewed' });
  const held = takeNote(() => new Promise(() => undefined));
  await abandoned.work(['mail'], { concurrency: 1 }, held.perform);
  const lot = buildLot('mail');
  await abandoned.send([lot]);
  await held.counts(1);
  await abandoned.close(0);
  // As BullMQ writes them in a process whose clock is an hour ahead.
  const hour = 3_600_000;
  const { rowCount } = await admin.query(
    `update bullmq.job set locked_until_ms = locked_until_ms + $2 where id = $1 and state = 'active'`,
    [lot.id, hour],
  );
  expect(rowCount).toBe(1);
  await admin.query(
    `insert into bullmq.meta (queue, field, value) values ('riposte.skewed.mail', 'stalled-check', $1)
     on conflict (queue, field) do update set value = excluded.value`,
    [String(Date.now() + hour)],
  );

  const other = await open({ namespace: 'skewed' });
  const note = takeNote();
  await other.work(['mail'], { concurrency: 1 }, note.perform);
  await note.counts(1);
  expect(note.lots).toEqual([lot]);
});

test('a process whose clock is wrong takes no work until it is right again', async () => {
  let aheadMs = 0;
  const skewed = await open({ namespace: 'clock', nowMs: () => Date.now() + aheadMs });
  const right = await open({ namespace: 'clock' });
  const [mine, others] = [takeNote(), takeNote()];
  await skewed.work(['mail'], { concurrency: 1 }, mine.perform);
  await skewed.send([buildLot('mail')]);
  await mine.counts(1);

  aheadMs = 5_000;
  await vi.waitFor(
    async () => expect((await skewed.ready()).detail).toContain('ahead of the database'),
    patience,
  );
  expect((await skewed.ready()).ok).toBe(false);
  await right.work(['mail'], { concurrency: 1 }, others.perform);
  // A worker that was already waiting for work may take one lot more.
  await vi.waitFor(async () => {
    const before = mine.lots.length;
    const all = before + others.lots.length + 5;
    await right.send(Array.from({ length: 5 }, () => buildLot('mail')));
    await vi.waitFor(() => expect(mine.lots.length + others.lots.length).toBe(all), patience);
    expect(mine.lots).toHaveLength(before);
  }, patience);
  await right.close(0);

  aheadMs = 0;
  await vi.waitFor(
    async () => expect(await skewed.ready()).toEqual({ ok: true, detail: 'the queue answers' }),
    patience,
  );
  const before = mine.lots.length;
  await skewed.send([buildLot('mail')]);
  await mine.counts(before + 1);
});

test('a process that starts with a wrong clock begins when it is right', async () => {
  let aheadMs = -60_000;
  const courier = await open({ namespace: 'late', nowMs: () => Date.now() + aheadMs });
  const note = takeNote();
  await courier.work(['mail'], { concurrency: 1 }, note.perform);
  await courier.send([buildLot('mail')]);
  expect((await courier.ready()).ok).toBe(false);
  expect(note.lots).toEqual([]);
  aheadMs = 0;
  await note.counts(1);
});

test('a database that cannot be reached is an error at once', async () => {
  const nowhere = new URL(url);
  nowhere.port = '1';
  await expect(openCourier('PostgreSQL', { url: nowhere.href, namespace: 'test' })).rejects.toThrow(
    'ECONNREFUSED',
  );
});
