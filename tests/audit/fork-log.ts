import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import type { TestDatabase } from '../support/database.ts';
import { keysOf, numbered, record, sequencerOf, testSigner, until } from './open-log.ts';

const tables = [
  'audit_log',
  'audit_tile',
  'audit_checkpoint',
  'audit_log_meta',
  'audit_key',
  'audit_anchor',
  'audit_compared',
];

/**
 * A log of 6 entries in a database to which yesterday's rows were put back: the place outside holds 11.
 */
export async function fork(database: TestDatabase, root: string): Promise<void> {
  const lead = async (from: number) => {
    await record(database, numbered(5, from));
    const places = [anchorDirectory(root)];
    const keys = keysOf(testSigner);
    const sequencer = sequencerOf(database.sequencer, {
      keys,
      places,
      limits: { checkpointMs: 0, pollMs: 10 },
    });
    await sequencer.start();
    await until(
      async () => (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
      'sealed',
    );
    await sequencer.stop();
  };
  await lead(0);
  await keepDay(database);
  await lead(5);
  await putBack(database);
}

/** What a backup made now has of the log. */
export async function keepDay(database: TestDatabase): Promise<void> {
  for (const table of tables) await database.owner.query(`create table saved_${table} as table ${table}`);
}

/** The log as it was then; at once, as whoever restores a database lets nobody see half of it. */
export async function putBack(database: TestDatabase): Promise<void> {
  await database.owner.transaction(async (tx) => {
    for (const table of tables) {
      await tx.query(`alter table ${table} disable trigger user`);
      await tx.query(`delete from ${table}`);
      await tx.query(`insert into ${table} select * from saved_${table}`);
      await tx.query(`alter table ${table} enable trigger user`);
      await tx.query(`drop table saved_${table}`);
    }
  });
}
