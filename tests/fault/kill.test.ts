import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';
import { pickSeed, randomInstants } from './random-instants.ts';

/** 10,000 to hunt, with kills in proportion. */
const runs = Number(process.env.FAULT_RUNS ?? 200);
const kills = Math.ceil(runs * 0.06);
const users = Math.floor(runs / 4);
/** Alerts in flight at once. */
const portion = 200;
/** From before it works until it has done a good part of the work. */
const lifeMsMax = 2_400;

describe.each(await useBackends())('an engine killed again and again, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    `finishes ${runs} runs, every effect once`,
    async () => {
      const seed = pickSeed();
      console.info(`kill, queues in ${backend.name}: FAULT_SEED=${seed}`);
      const random = randomInstants(seed);
      const scene = await openScene(backend, { hosts: runs - users, users });
      const sent = (async () => {
        for (let from = 0; from < runs; from += portion) await scene.sendAlerts(from, from + portion);
      })();
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
    Math.max(120_000, runs * 1_000),
  );
});
