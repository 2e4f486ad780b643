import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { isConnectionLoss } from '../../engine/runtime/store/sql-state.ts';
import { useDatabase } from '../support/database.ts';
import { layLine } from '../support/lay-line.ts';
import { releaseAfter } from '../support/release-after.ts';

/* Whoever asked is told to try again, and not that Riposte made a mistake. */

async function overALine() {
  const url = new URL((await useDatabase()).url);
  const line = await layLine(Number(url.port));
  url.port = String(line.port);
  const database = openDatabase(url.href, { role: 'riposte_app', max: 1, silentMs: 12_000 });
  releaseAfter(async () => {
    // First: a pool waits for the answers that it is owed.
    await line.cut();
    await database.close();
  });
  return { line, database };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error) => error,
  );

it('a database that is gone in the middle of a statement, and one that is not there, are known as such', async () => {
  const { line, database } = await overALine();
  const asked = failureOf(database.query('select pg_sleep(2)'));
  await sleep(300);
  await line.cut();
  expect(await asked).toSatisfy(isConnectionLoss);
  expect(await failureOf(database.query('select 1'))).toSatisfy(isConnectionLoss);
  expect(await failureOf(database.transaction((tx) => tx.query('select 1')))).toSatisfy(isConnectionLoss);
  await line.mend();
  expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  // The statement that nobody hears any more ends, and the server notices that nobody does.
  await sleep(2_000);
});

it('one that falls silent is left after a while, and asked again over a new connection', async () => {
  const { line, database } = await overALine();
  await database.query('select 1');
  line.silence();
  const asked = failureOf(database.transaction((tx) => tx.query('select 1')));
  // Whoever waits for a connection meanwhile is told sooner.
  expect(await failureOf(database.query('select 1'))).toSatisfy(isConnectionLoss);
  expect(await asked).toSatisfy(isConnectionLoss);
  expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

it('a mistake in a statement, and one that took too long, are not', async () => {
  const { database } = await overALine();
  expect(await failureOf(database.query('select nothing from nowhere'))).not.toSatisfy(isConnectionLoss);
  const slow = database.transaction(async (tx) => {
    await tx.query(`set local statement_timeout = '50ms'`);
    await tx.query('select pg_sleep(1)');
  });
  expect(await failureOf(slow)).not.toSatisfy(isConnectionLoss);
});
