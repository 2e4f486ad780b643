import { describe, expect, it } from 'vitest';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';

describe.each(await useBackends())('an engine whose clock is a minute fast, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'harms nobody beside one whose clock is right',
    async () => {
      const scene = await openScene(backend, { hosts: 50, users: 10 });
      const fast = scene.start({ name: 'fast', clockAheadMs: 60_000 });
      const right = scene.start({ name: 'right' });
      await Promise.all([fast.ready(), right.ready()]);
      await scene.sendAlerts();
      await scene.rest();
      await scene.stopAll();
      const entries = await expectAftermath(scene);

      // Everything that is written down carries the database's time.
      const { rows } = await scene.database.owner.query<{ now: Date }>('select clock_timestamp() as now');
      const now = rows[0]?.now.toISOString() ?? '';
      expect(entries.filter((entry) => entry.time > now)).toEqual([]);
      const byFast = await scene.count(`select count(*) from attempts where worker = 'fast'`);
      // On PostgreSQL BullMQ measures with the worker's clock, so a wrong one takes no work at all.
      if (backend.name === 'PostgreSQL') expect(byFast).toBe(0);
    },
    120_000,
  );
});
