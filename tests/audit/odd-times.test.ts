import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leafHash } from '../../engine/core/audit/merkle.ts';
import { migrate } from '../../engine/runtime/store/migrate.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { checkViolation, refused } from '../support/refused.ts';
import { migrationsDir } from '../support/services.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf } from './open-log.ts';

/* Whoever has the application's password names the time since when an entry waits. */

const odd = [
  'infinity',
  '-infinity',
  '4713-01-01 00:00:00+00 BC',
  '1999-12-31 23:59:59+00',
  '12026-01-01 00:00:00+00',
];

const bytes = Buffer.from('nonsense');
function insertAt(database: TestDatabase, at: string): Promise<unknown> {
  return database.app.query(
    'insert into audit_pending (tenant_id, id, entry, leaf, enqueued_at) values ($1, $2, $3, $4, $5)',
    [tenant, `ent_${odd.indexOf(at)}`, bytes, leafHash(bytes), at],
  );
}

test('an entry does not wait since a time that no sequencer can reckon with', async () => {
  const database = await useDatabase();
  for (const at of odd) expect(await refused(insertAt(database, at))).toBe(checkViolation);
});

test('those that were written before are sealed after the migration', async () => {
  const database = await useDatabase({ migrated: false });
  const before = await temporaryFolder();
  for (const name of (await readdir(migrationsDir)).filter((each) => each < '0030'))
    await copyFile(join(migrationsDir, name), join(before, name));
  await migrate(database.url, before);
  for (const at of odd) await insertAt(database, at);
  await migrate(database.url, migrationsDir);
  await record(database, numbered(1));
  const sequencer = sequencerOf(database.sequencer);
  await sequencer.flush();
  await sequencer.start();
  await sequencer.stop();
  expect(sequencer.errors.map(({ message }) => message)).toEqual(
    odd.map(() => expect.stringContaining('not-json')),
  );
  expect((await database.owner.query('select 1 from audit_pack')).rowCount).toBe(0);
});
