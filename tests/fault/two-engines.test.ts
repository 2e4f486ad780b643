import { describe, it } from 'vitest';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';

describe.each(await useBackends())('two engines over the same runs, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'do every effect once',
    async () => {
      const scene = await openScene(backend, { hosts: 60, users: 15 });
      scene.start({ name: 'one', overQueueOnly: true });
      scene.start({ name: 'two' });
      await scene.sendAlerts();
      await scene.rest();
      await scene.stopAll();
      await expectAftermath(scene);
    },
    120_000,
  );
});
