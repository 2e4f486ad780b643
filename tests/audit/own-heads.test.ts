import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openOwnHeads } from '../../engine/runtime/audit/own-heads.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { keepDay, putBack } from './fork-log.ts';
import { numbered, record, sequencerOf, storedRows } from './open-log.ts';

/* A host remembers what it signed last, so that a database that was put back is noticed where nothing is outside. */

let database: TestDatabase;
let keyFile: string;
beforeEach(async () => {
  database = await useDatabase();
  keyFile = join(await temporaryFolder(), 'audit-key');
});

/** A process of that host, from its start to its end. */
async function day(from: number, given = { heads: openOwnHeads(keyFile) }, of = database) {
  await record(of, numbered(5, from));
  const sequencer = sequencerOf(of.sequencer, { ...given, limits: { checkpointMs: 0, pollMs: 10 } });
  await sequencer.start();
  const { state } = sequencer.status();
  await sequencer.stop();
  return { state, errors: sequencer.errors.map(({ message }) => message) };
}

test('a database that was put back while nobody ran is sealed no further, and containment is held', async () => {
  expect(await day(0)).toEqual({ state: 'leading', errors: [] });
  await keepDay(database);
  expect(await day(5)).toEqual({ state: 'leading', errors: [] });
  await putBack(database);
  expect(await day(20)).toEqual({
    state: 'halted',
    errors: [`${keyFile}.heads holds a checkpoint of 11 entries, the database has only 6`],
  });
  expect(await storedRows(database)).toHaveLength(6);
  const held = await database.owner.query('select 1 from stops where scope = $1 and active', ['audit']);
  expect(held.rowCount).toBe(1);
});

test('one that went on elsewhere meanwhile is led', async () => {
  await day(0);
  await day(5, { heads: openOwnHeads(`${keyFile}-elsewhere`) });
  expect(await day(10)).toEqual({ state: 'leading', errors: [] });
  expect(await storedRows(database)).toHaveLength(16);
});

test('another database on the same host has a log of its own', async () => {
  await day(0);
  await day(5);
  const other = await useDatabase();
  expect(await day(0, { heads: openOwnHeads(keyFile) }, other)).toEqual({ state: 'leading', errors: [] });
  expect(await readdir(`${keyFile}.heads`)).toHaveLength(2);
});

test('a head that was damaged says nothing, and a folder that takes none is said and keeps nobody', async () => {
  await day(0);
  const [name = ''] = await readdir(`${keyFile}.heads`);
  await writeFile(join(`${keyFile}.heads`, name), '');
  expect(await day(5)).toEqual({ state: 'leading', errors: [] });
  await writeFile(`${keyFile}-full.heads`, 'no folder');
  const full = { ...openOwnHeads(`${keyFile}-full`), read: async () => null };
  const { state, errors } = await day(10, { heads: full });
  expect(state).toBe('leading');
  expect(errors).toEqual([expect.stringContaining('does not take the newest head')]);
  expect(await storedRows(database)).toHaveLength(16);
});
