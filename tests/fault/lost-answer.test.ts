import { describe, expect, it } from 'vitest';
import type { Fault } from '../../examples/lab/http/fault-rules.ts';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';

/* Applied and not answered is the case that decides: whoever repeats blindly acts twice. */

type Deed = Fault['does'];

const drop: Deed = { kind: 'apply-then-drop' };
const hang: Deed = { kind: 'apply-then-hang' };
const fail: Deed = { kind: 'apply-then-fail', status: 503 };
const notAtAll: Deed = { kind: 'drop-before' };

/** One deed per request, in this order. */
function strike(method: string, path: string, deeds: Deed[]): Fault[] {
  return deeds.map((does, skip) => ({ method, path, skip, does }));
}

describe.each(await useBackends())('a target that acts and does not answer, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'is asked what it did, and not told to do it again',
    async () => {
      const scene = await openScene(backend, { hosts: 20, users: 6 });
      const faults = [
        ...strike('POST', '/mde/api/machines/*/isolate', [drop, hang, fail, notAtAll, drop, hang]),
        ...strike('POST', '/graph/v1.0/security/incidents/*/comments', [drop, hang, fail, notAtAll]),
        ...strike('PATCH', '/graph/v1.0/users/*', [drop, hang, notAtAll]),
      ];
      for (const fault of faults) scene.lab.estate.addFault(fault);
      scene.start();
      await scene.sendAlerts();
      await scene.rest();
      await scene.stopAll();
      expect(scene.lab.estate.faults().filter((each) => each.left !== 0)).toEqual([]);

      const entries = await expectAftermath(scene);
      const unknown = entries.filter((entry) => entry.type === 'action.unknown');
      expect(unknown.length).toBeGreaterThanOrEqual(faults.length);
      const reconciled = entries.filter((entry) => entry.type === 'action.reconciled');
      const found = (what: string) => reconciled.filter((entry) => entry.data?.found === what).length;
      expect(found('present')).toBeGreaterThan(0);
      expect(found('absent')).toBeGreaterThan(0);
      // Nothing was asked of the directory about sessions: none of the lost answers was about them.
      const repeated = scene.lab.estate.effects().totals.duplicates;
      expect(repeated).toBe(0);
    },
    120_000,
  );
});
