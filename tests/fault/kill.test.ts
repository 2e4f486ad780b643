import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';
import { pickSeed, randomInstants } from './random-instants.ts';

const kills = 12;
/** From before it works until it has done a good part of the work. */
const lifeMsMax = 2_400;

describe.each(await useBackends())('an engine killed again and again, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'finishes 200 runs, every effect once',
    async () => {
      const seed = pickSeed();
      console.info(`kill, queues in ${backend.name}: FAULT_SEED=${seed}`);
      const random = randomInstants(seed);
      const scene = await openScene(backend, { hosts: 150, users: 50 });
      const sent = scene.sendAlerts();
      for (let killed = 0; killed < kills; killed++) {
        const engine = scene.start();
        await sleep(random() * lifeMsMax);
        await engine.kill();
      }
      await sent;
      scene.start();
      await scene.rest();
      await scene.stopAll();
      await expectAftermath(scene);
    },
    120_000,
  );
});
