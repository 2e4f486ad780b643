import { describe, it } from 'vitest';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';

describe.each(await useBackends())('a queue that delivers everything twice, in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'changes nothing for two workers who get it',
    async () => {
      const scene = await openScene(backend, { hosts: 50, users: 10 });
      scene.start({ deliveries: 2 });
      scene.start({ deliveries: 2 });
      await scene.sendAlerts();
      await scene.rest();
      await scene.stopAll();
      await expectAftermath(scene);
    },
    120_000,
  );
});
