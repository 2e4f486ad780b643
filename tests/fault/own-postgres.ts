import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { findPostmaster } from '../../engine/runtime/store/embedded/postmaster-file.ts';
import { startEmbeddedPostgres } from '../../engine/runtime/store/embedded-postgres.ts';
import { migrate } from '../../engine/runtime/store/migrate.ts';
import type { TestDatabase } from '../support/database.ts';
import { releaseAfter } from '../support/release-after.ts';
import { migrationsDir, superuserUrl, withClient } from '../support/services.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** A PostgreSQL of one test alone, which may be treated badly. */
export interface OwnPostgres {
  database: TestDatabase;
  /**
   * Ends the server as `pg_ctl stop -m immediate` (SIGQUIT) or `-m fast` (SIGINT) does; whoever holds the
   * cluster starts it again on the same port. Resolves when it answers.
   */
  restart(signal: 'SIGQUIT' | 'SIGINT'): Promise<void>;
  /** Uses up what room its journal has kept for itself on a disk that is full; resolves when it takes nothing more. */
  exhaust(): Promise<void>;
  /** All connections of engines, wherever their transactions are; how many that were. */
  cut(): Promise<number>;
}

/** @param given where its data lies; without it in a folder of its own */
export async function useOwnPostgres(given?: string): Promise<OwnPostgres> {
  const dataDir = given ?? (await temporaryFolder());
  const server = await startEmbeddedPostgres({ dataDir });
  releaseAfter(() => server.stop());
  const { url } = server;
  const superuser = await superuserUrl(dataDir, url);
  await migrate(url, migrationsDir);
  const [owner, app, sequencer] = (['owner', 'riposte_app', 'riposte_sequencer'] as const).map((role) =>
    openDatabase(url, { role, max: 5, applicationName: 'the test itself' }),
  );
  if (owner === undefined || app === undefined || sequencer === undefined) throw new Error('no pool');
  const drop = async (): Promise<void> => {
    await Promise.all([owner.close(), app.close(), sequencer.close()]);
  };
  releaseAfter(drop);
  return {
    database: { url, owner, app, sequencer, drop },
    async restart(signal) {
      const before = await findPostmaster(join(dataDir, 'postgres'));
      if (before === null) throw new Error('no server runs');
      process.kill(before.pid, signal);
      for (let looked = 0; looked < 600; looked++) {
        const now = await findPostmaster(join(dataDir, 'postgres'));
        const answers = () => withClient(superuser, (client) => client.query('select 1')).then(() => true);
        if (now !== null && now.pid !== before.pid && (await answers().catch(() => false))) return;
        await sleep(50);
      }
      throw new Error('the server did not come back');
    },
    async exhaust() {
      const next = `select pg_logical_emit_message(false, 'test', 'one more'), pg_switch_wal()`;
      // Each takes another segment; some of those that were used up lie ready for use again.
      for (let segments = 0; segments < 100; segments++) {
        const went = withClient(superuser, (client) => client.query(next));
        if (!(await went.then(() => true).catch(() => false))) return;
      }
      throw new Error('the disk still has room');
    },
    cut: () =>
      withClient(superuser, async (client) => {
        const { rowCount } = await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'riposte'
             and backend_type = 'client backend' and application_name <> 'the test itself'`,
        );
        return rowCount ?? 0;
      }),
  };
}
