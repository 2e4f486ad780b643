import { expect, test } from 'vitest';
import type { Database } from '../../engine/runtime/store/database.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { keepDay, putBack } from './fork-log.ts';
import { keysOf, numbered, record, sequencerOf, storedRows, testSigner, until } from './open-log.ts';
import { orderer } from './order.ts';

/*
 * A database is put back under the sequencer that leads its log, with nothing outside that could tell: an older
 * standby is promoted, or a backup restored and nobody ended the process.
 */

const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 };

async function sealed(database: TestDatabase): Promise<void> {
  await until(
    async () => (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
    'everything is sealed',
  );
}

const heldLogs = async (database: TestDatabase) =>
  (await database.owner.query('select 1 from stops where scope = $1 and active', ['audit'])).rowCount;

test('a log of before its sequencer led it is sealed by that sequencer no further', async () => {
  const database = await useDatabase();
  await record(database, numbered(5));
  await sequencerOf(database.sequencer).flush();
  await keepDay(database);
  const leading = sequencerOf(database.sequencer, { limits });
  await leading.start();
  await record(database, numbered(5, 5));
  await sealed(database);

  await putBack(database);
  await record(database, numbered(3, 20));
  await until(() => leading.status().state === 'halted', 'it halts');
  expect(leading.status()).toMatchObject({ alarm: { code: 'audit/fork' } });
  expect(leading.errors.map(({ message }) => message)).toEqual([
    'the log was claimed 2 times, the database knows of 1: it was put back',
  ]);
  await leading.stop();
  expect(await storedRows(database)).toHaveLength(6);
  expect(await heldLogs(database)).toBe(1);
});

test('a log that got shorter is noticed before anything is written to it', async () => {
  const database = await useDatabase();
  const leading = sequencerOf(database.sequencer, { limits });
  await leading.start();
  await record(database, numbered(5));
  await sealed(database);
  await keepDay(database);
  await record(database, numbered(5, 5));
  await sealed(database);

  await putBack(database);
  await until(() => leading.status().state === 'halted', 'it halts');
  await leading.stop();
  expect(leading.errors.map(({ message }) => message)).toEqual([
    '11 entries were sealed, the database has only 6',
  ]);
  expect(await heldLogs(database)).toBe(1);
});

test('a standby that is about to be promoted, and has yet to catch up, is no log that got shorter', async () => {
  const database = await useDatabase();
  let standby = false;
  // What a server in recovery says: that it is, and a log that is behind.
  const behind: Database = {
    ...database.sequencer,
    async query<Row>(text: string, values?: readonly unknown[]) {
      const answer = await database.sequencer.query<Row>(text, values);
      if (!standby) return answer;
      const rows = answer.rows.map((row) => {
        const said = { ...row } as { [column: string]: unknown };
        if ('recovering' in said) said.recovering = true;
        if ('size' in said) said.size = 1;
        return said as Row;
      });
      return { ...answer, rows };
    },
  };
  const leading = sequencerOf(behind, { limits });
  await leading.start();
  await record(database, numbered(5));
  await sealed(database);
  standby = true;
  await until(() => leading.errors.length > 1, 'it looks, and looks again');
  expect(leading.errors[0]?.message).toContain('has not been promoted');
  expect(leading.status()).toEqual({ state: 'leading' });
  standby = false;
  await record(database, numbered(5, 5));
  await sealed(database);
  expect(leading.status()).toEqual({ state: 'leading' });
  await leading.stop();
  expect(await storedRows(database)).toHaveLength(11);
});

test('the log before the newest one is not taken up again by whoever led the newest', async () => {
  const database = await useDatabase();
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  await record(database, numbered(5));
  const leading = sequencerOf(database.sequencer, { limits, keys: keysOf(testSigner) });
  await leading.start();
  await sealed(database);
  await keepDay(database);
  const order = await ada.propose({ kind: 'incarnation', oldKey: 'lost' }, 'the key was copied');
  if (!order.ok) throw new Error(order.detail);
  expect(await bo.confirm(order.digest)).toMatchObject({ ok: true });
  const logs = async () => (await database.owner.query('select 1 from audit_log_meta')).rowCount;
  await until(async () => (await logs()) === 2, 'another log begins');
  await sealed(database);

  await putBack(database);
  await record(database, numbered(3, 20));
  await until(() => leading.status().state === 'halted', 'it halts');
  expect(leading.status()).toMatchObject({ alarm: { code: 'audit/fork' } });
  await leading.stop();
  expect(leading.errors.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^the log 2-[0-9a-f]{8} has disappeared: the database was put back$/),
  ]);
  expect(await storedRows(database)).toHaveLength(6);
  expect(await heldLogs(database)).toBe(1);
});
