import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { numbered, origin, record, sequencerOf, tamper } from '../audit/open-log.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* T11: who has the key and the database writes another history of the same length, signed well. */

const database = await useDatabase();

async function lead(root: string | null, from: number) {
  await record(database, numbered(4, from));
  const places = root === null ? [] : [anchorDirectory(root)];
  const sequencer = sequencerOf(database.sequencer, { places });
  await sequencer.start();
  await sequencer.stop();
  return sequencer;
}

it('a parallel history of the same size has another root than the anchor', async () => {
  const root = await temporaryFolder();
  expect((await lead(root, 0)).errors).toEqual([]);
  const before = await readdir(join(root, encodeURIComponent(origin)));

  await tamper(
    database,
    `with rows as (delete from audit_log), heads as (delete from audit_checkpoint),
      tiles as (delete from audit_tile), places as (delete from audit_anchor)
    delete from audit_log_meta`,
  );
  expect((await lead(null, 100)).errors).toEqual([]);

  const found = await lead(root, 200);
  expect(found.errors).toMatchObject([{ name: 'AuditAlarm', code: 'audit/fork' }]);
  expect(found.errors[0]?.message).toContain('holds root');
  expect(await readdir(join(root, encodeURIComponent(origin)))).toEqual(before);
});
