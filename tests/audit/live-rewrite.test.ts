import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import { appendLeaves } from '../../engine/core/audit/tiles.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { carryCheckpoints } from '../../engine/runtime/audit/carry-checkpoints.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import type { EntryId } from '../../schemas/ids.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { draft, nowMs, tenant } from './draft-entry.ts';
import { numbered, origin, record, sequencerOf, storedRows, tamper, testKeys, until } from './open-log.ts';
import { orderer } from './order.ts';

/* The owner of the database rewrites the log under the sequencer that leads, with all that would show it there. */

const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10 };

/** Entry 100 never happened: its row, every tile above it, and no head that knows better. */
async function rewrite(database: TestDatabase): Promise<void> {
  const row = (await storedRows(database)).find(({ idx }) => Number(idx) === 100);
  const forged = encodeEntry(draft({ reason: 'never happened' }), {
    id: row?.entryId as EntryId,
    nowMs,
    tenant,
  });
  await tamper(database, 'update audit_log set entry = $1, leaf = $2, at = $3 where idx = 100', [
    forged.bytes,
    forged.leaf,
    forged.entry.time,
  ]);
  await fitTiles(database);
  await tamper(database, 'delete from audit_checkpoint where size > 100');
}

async function fitTiles(database: TestDatabase): Promise<void> {
  const { rows } = await database.owner.query<{ leaf: Uint8Array }>(
    'select leaf from audit_log order by idx',
  );
  const leaves = rows.map(({ leaf }) => leaf);
  for (const { level, n, hashes } of appendLeaves(0, () => undefined, leaves).changed)
    await tamper(database, 'update audit_tile set hashes = $1 where level = $2 and n = $3', [
      hashes,
      level,
      n,
    ]);
}

async function sealed(database: TestDatabase): Promise<void> {
  await until(
    async () => (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
    'everything is sealed',
  );
}

async function sizeOf(database: TestDatabase): Promise<number> {
  const { rows } = await database.owner.query<{ size: number }>('select size from audit_log_meta');
  return Number(rows[0]?.size);
}

const heads = (root: string): string[] => readdirSync(join(root, encodeURIComponent(origin))).sort();

test('a log that was rewritten under its sequencer is sealed, signed and carried no further', async () => {
  const database = await useDatabase();
  const root = await temporaryFolder();
  const open = () => sequencerOf(database.sequencer, { places: [anchorDirectory(root)], limits });
  await record(database, numbered(300));
  const sequencer = open();
  await sequencer.start();
  await sealed(database);
  await until(() => heads(root).at(-1) === '0000000000000301.checkpoint', 'the head is outside');
  await rewrite(database);
  await record(database, numbered(5, 900));
  await until(() => sequencer.status().state === 'halted', 'it halts');
  await sequencer.stop();
  expect(sequencer.errors.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^301 entries were sealed with root [0-9a-f]{64}, the database makes it [0-9a-f]{64}$/,
    ),
  ]);
  expect(await sizeOf(database)).toBe(301);
  expect(heads(root).at(-1)).toBe('0000000000000301.checkpoint');
  const held = await database.owner.query('select 1 from stops where scope = $1 and active', ['audit']);
  expect(held.rowCount).toBe(1);
  const next = open();
  await next.start();
  expect(next.status()).toMatchObject({ state: 'halted', alarm: { code: 'audit/fork' } });
  await next.stop();
});

test('a tail that was cut under its sequencer is missed, and nothing takes its place', async () => {
  const database = await useDatabase();
  await record(database, numbered(20));
  const sequencer = sequencerOf(database.sequencer, { limits });
  await sequencer.start();
  await sealed(database);
  await tamper(database, 'delete from audit_log where idx >= 10');
  await tamper(database, 'update audit_tile set hashes = substr(hashes, 1, 320)');
  await tamper(database, 'delete from audit_checkpoint');
  await tamper(database, 'update audit_log_meta set size = 10');
  await record(database, numbered(15, 900));
  await until(() => sequencer.status().state === 'halted', 'it halts');
  await sequencer.stop();
  expect(sequencer.errors.map(({ message }) => message)).toEqual([
    '21 entries were sealed, the database has only 10',
  ]);
  expect(await sizeOf(database)).toBe(10);
});

test('what two people ordered about a log that was rewritten meanwhile is not written into it', async () => {
  const database = await useDatabase();
  await record(database, numbered(300));
  const sequencer = sequencerOf(database.sequencer, { limits });
  await sequencer.start();
  await sealed(database);
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  const proposed = await ada.propose({ kind: 'key' }, 'routine');
  if (!proposed.ok) throw new Error(proposed.detail);
  await sealed(database);
  const size = await sizeOf(database);
  await rewrite(database);
  await bo.confirm(proposed.digest);
  await until(() => sequencer.status().state === 'halted', 'it halts');
  await sequencer.stop();
  expect(await sizeOf(database)).toBe(size);
  expect((await database.owner.query('select 1 from audit_key')).rowCount).toBe(0);
});

test('the answer to a commit is lost: what it wrote is no rewriting', async () => {
  const database = await useDatabase();
  let lose = 0;
  const flaky: Database = {
    ...database.sequencer,
    async transaction(work, options) {
      const result = await database.sequencer.transaction(work, options);
      if (lose === 0 || (result as { kind?: string } | undefined)?.kind !== 'sealed') return result;
      lose -= 1;
      throw new Error('Connection terminated unexpectedly');
    },
  };
  const sequencer = sequencerOf(flaky, { limits });
  await sequencer.start();
  for (const entries of [200, 400, 3]) {
    lose = 2;
    await record(database, numbered(entries));
    await sealed(database);
  }
  await record(database, numbered(3));
  await sealed(database);
  await sequencer.stop();
  expect(new Set(sequencer.errors.map(({ message }) => message))).toEqual(
    new Set(['Connection terminated unexpectedly']),
  );
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, size: 607, problems: [] });
});

test('a directory takes no head that does not continue the last one there, whoever signed it', async () => {
  const database = await useDatabase();
  const root = await temporaryFolder();
  const place = anchorDirectory(root);
  await record(database, numbered(300));
  const first = sequencerOf(database.sequencer, { places: [place], limits });
  await first.start();
  await first.stop();
  await rewrite(database);
  // It knows no place, so nobody has told it.
  await record(database, numbered(5, 900));
  const blind = sequencerOf(database.sequencer, { limits });
  await blind.start();
  await blind.stop();
  expect(blind.errors).toEqual([]);
  const carry = carryCheckpoints(database.sequencer, tenant, place, testKeys);
  await expect(carry).rejects.toMatchObject({
    code: 'audit/fork',
    message: `file://${root} holds a checkpoint of 301 entries, and the 306 of the next do not continue them`,
  });
  expect(heads(root).at(-1)).toBe('0000000000000301.checkpoint');
});
