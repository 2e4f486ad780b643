import { describe, it } from 'vitest';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';

describe.each(await useBackends())('a queue that somebody empties, in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'loses no job',
    async () => {
      const scene = await openScene(backend, { hosts: 50, users: 10 });
      scene.start({ overQueueOnly: true });
      await scene.sendAlerts();
      const done = () => scene.count(`select count(*) from attempts where state = 'done'`);
      for (const before of [1, 60, 120]) {
        await scene.until(`${before} attempts are done`, async () => (await done()) >= before);
        await backend.empty(scene.database);
      }
      await scene.rest();
      await scene.stopAll();
      await expectAftermath(scene);
    },
    120_000,
  );
});
