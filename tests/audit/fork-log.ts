import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import type { TestDatabase } from '../support/database.ts';
import { keysOf, numbered, record, sequencerOf, testSigner, until } from './open-log.ts';

const tables = [
  'audit_log',
  'audit_tile',
  'audit_checkpoint',
  'audit_log_meta',
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
  for (const table of tables) await database.owner.query(`create table saved_${table} as table ${table}`);
  await lead(5);
  for (const table of tables) {
    await database.owner.query(`alter table ${table} disable trigger user`);
    await database.owner.query(`delete from ${table}`);
    await database.owner.query(`insert into ${table} select * from saved_${table}`);
    await database.owner.query(`alter table ${table} enable trigger user`);
    await database.owner.query(`drop table saved_${table}`);
  }
}
