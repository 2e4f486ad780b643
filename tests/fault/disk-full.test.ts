import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findPostmaster } from '../../engine/runtime/store/embedded/postmaster-file.ts';
import { startEmbeddedPostgres } from '../../engine/runtime/store/embedded-postgres.ts';
import type { StartError } from '../../engine/runtime/store/start-error.ts';
import type { TestDatabase } from '../support/database.ts';
import { releaseAfter } from '../support/release-after.ts';
import { withClient } from '../support/services.ts';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';
import { useOwnPostgres } from './own-postgres.ts';
import { mayMount, useSmallDisk } from './small-disk.ts';

/*
 * T12: the disk under the database is full. Nothing can be written down, so nothing is done and nothing is
 * accepted; when there is room again everything goes on from where it was.
 */

const crowd = { hosts: 40, users: 10 };
const times = 3;
const fullMs = 1_500;
/** Room for the cluster, its journal and a few minutes of work. */
const diskMegabytes = 300;

interface Trouble {
  database: TestDatabase;
  begin(): Promise<void>;
  end(): Promise<void>;
}

const canMount = await mayMount();

describe.each(await useBackends())('no room for one more row, queues in $name', (backend) => {
  const survive = async ({ database, begin, end }: Trouble): Promise<void> => {
    const scene = await openScene(backend, crowd, { database });
    const engines = [scene.start({ name: 'one' }), scene.start({ name: 'two' })];
    await scene.sendAlerts(0, 20);
    await scene.until(
      'some attempts are done',
      async () => (await scene.count(`select count(*) from attempts where state = 'done'`)) >= 5,
    );
    for (let n = 0; n < times; n++) {
      await begin();
      // Not accepted is said, and whoever was told so sends again.
      await expect(scene.sendAlerts(20 + n * 10, 30 + n * 10)).rejects.toThrow();
      const before = effectsOf(scene.lab);
      await sleep(fullMs);
      // What was under way may still arrive; nothing new can be announced, so nothing new is ordered.
      const under = effectsOf(scene.lab);
      await sleep(fullMs);
      expect(effectsOf(scene.lab), `after ${before}`).toBe(under);
      await end();
      await scene.until('it takes alerts again', () =>
        scene.sendAlerts(20 + n * 10, 30 + n * 10).then(
          () => true,
          () => false,
        ),
      );
    }
    await scene.rest();
    for (const engine of engines) expect(engine.running(), engine.said()).toBe(true);
    await scene.stopAll();
    await expectAftermath(scene);
  };

  it.skipIf(backend.missing !== null)(
    'is survived when the database says so',
    async () => {
      const { database } = await useOwnPostgres();
      await database.owner.query(
        `create function no_room() returns trigger language plpgsql as
         $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`,
      );
      const tables = ['audit_pack', 'outbox', 'attempts', 'audit_log'];
      await survive({
        database,
        async begin() {
          for (const table of tables)
            await database.owner.query(
              `create trigger no_room before insert on ${table} for each statement execute function no_room()`,
            );
        },
        async end() {
          for (const table of tables) await database.owner.query(`drop trigger no_room on ${table}`);
        },
      });
    },
    180_000,
  );

  // A real one needs a right that not every machine gives, and no package could bring it.
  if (canMount)
    it.skipIf(backend.missing !== null)(
      'is survived when the disk really is full',
      async () => {
        const disk = await useSmallDisk(diskMegabytes);
        const { database, exhaust } = await useOwnPostgres(disk.folder);
        // Pages and segments that were there before have room for a while, in which work may go on.
        const begin = async () => {
          await disk.fill();
          await exhaust();
        };
        await survive({ database, begin, end: () => disk.free() });
      },
      180_000,
    );
});

function effectsOf({ estate }: { estate: { effects(): { journal: readonly unknown[] } } }): number {
  return estate.effects().journal.length;
}

if (canMount)
  it('a database that dies on a full disk is started again until there is room', async () => {
    const disk = await useSmallDisk(diskMegabytes);
    const told: StartError[] = [];
    const server = await startEmbeddedPostgres({
      dataDir: disk.folder,
      onTrouble: (error) => void told.push(error),
    });
    releaseAfter(() => server.stop());
    await disk.fill();
    const postmaster = await findPostmaster(join(disk.folder, 'postgres'));
    process.kill(postmaster?.pid ?? 0, 'SIGQUIT');
    while (told.length === 0) await sleep(50);
    expect(told[0]).toMatchObject({
      code: 'start/no-database',
      message: expect.stringContaining('Its disk is full'),
    });
    await disk.free();
    const ask = () => withClient(server.url, (client) => client.query('select 1')).then(() => true);
    while (!(await ask().catch(() => false))) await sleep(50);
  }, 60_000);
