import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';
import { useOwnPostgres } from './own-postgres.ts';
import { pickSeed, randomInstants } from './random-instants.ts';

const crowd = { hosts: 40, users: 10 };
/** Generous, and still in the middle of the work. */
const betweenMsMax = 800;

describe.each(await useBackends())(
  'a database in trouble under engines at work, queues in $name',
  (backend) => {
    const trouble = async (name: string, times: number, strike: 'cut' | 'restart'): Promise<void> => {
      const seed = pickSeed();
      console.info(`${name}, queues in ${backend.name}: FAULT_SEED=${seed}`);
      const random = randomInstants(seed);
      const postgres = await useOwnPostgres();
      const scene = await openScene(backend, crowd, { database: postgres.database });
      const engines = [scene.start({ name: 'one' }), scene.start({ name: 'two' })];
      await scene.sendAlerts();
      await scene.until(
        'some attempts are done',
        async () => (await scene.count(`select count(*) from attempts where state = 'done'`)) >= 5,
      );
      let struck = 0;
      for (let n = 0; n < times; n++) {
        await sleep(random() * betweenMsMax);
        if (strike === 'cut') struck += await postgres.cut();
        else await postgres.restart(n % 2 === 0 ? 'SIGQUIT' : 'SIGINT');
      }
      if (strike === 'cut') expect(struck).toBeGreaterThan(0);
      await scene.rest();
      // Losing the database is no reason for a process to end.
      for (const engine of engines) expect(engine.running(), engine.said()).toBe(true);
      await scene.stopAll();
      await expectAftermath(scene);
    };

    it.skipIf(backend.missing !== null)(
      'connections that are cut in the middle of transactions cost nothing',
      () => trouble('cut', 8, 'cut'),
      120_000,
    );

    it.skipIf(backend.missing !== null)(
      'a server that is stopped at once, or fast, and started again costs nothing',
      () => trouble('restart', 3, 'restart'),
      180_000,
    );
  },
);
