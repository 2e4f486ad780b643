import { describe, expect, it } from 'vitest';
import { setStop } from '../../engine/runtime/set-stop.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import { useBackends } from './backends.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene, type Scene } from './open-scene.ts';
import { pickSeed, randomInstants } from './random-instants.ts';

/** Action keys of the containments that some worker has ever taken. */
async function takenContainments(scene: Scene): Promise<Set<string>> {
  const { rows } = await scene.database.owner.query<{ key: string }>(
    `select action_key as key from attempts
     where class = 'contain' and purpose = 'perform' and claimed_at is not null`,
  );
  return new Set(rows.map((row) => row.key));
}

/** What the lab really did or was told to do, by the action key in the comment. */
function orderedIsolations(scene: Scene): string[] {
  return scene.lab.estate
    .effects()
    .journal.filter((each) => each.effect === 'network-isolated' && each.change === 'ordered')
    .map((each) => /\[riposte (\w+)\]$/.exec(each.comment ?? '')?.[1] ?? 'not ours');
}

describe.each(await useBackends())('an emergency stop amid dispatch, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'lets nothing out that was not under way',
    async () => {
      const seed = pickSeed();
      console.info(`stop, queues in ${backend.name}: FAULT_SEED=${seed}`);
      const random = randomInstants(seed);
      const scene = await openScene(backend, { hosts: 60, users: 0 });
      scene.start({ name: 'one' });
      scene.start({ name: 'two' });
      await scene.sendAlerts(0, 30);
      const enough = 1 + Math.floor(random() * 25);
      await scene.until(
        `${enough} containments are taken`,
        async () => (await takenContainments(scene)).size >= enough,
      );
      const input = {
        scope: 'everything' as const,
        subject: '*',
        reason: 'drill',
        actor: { kind: 'person' as const, id: 'per_a', channel: 'api' as const },
        requestId: 'test',
      };
      const racing = scene.sendAlerts(30, 50);
      const stopped = await setStop(scene.parts, { ...input, personId: 'per_a' });
      const underWay = await takenContainments(scene);
      expect(stopped.ok).toBe(true);
      await racing;
      await scene.sendAlerts(50);

      // What was out comes back; what was not is held, in the queue or before it.
      await scene.until('everything stands still', async () => {
        const moving = await scene.count(
          `select (select count(*) from attempts where state = 'claimed' or (state = 'queued' and class <> 'contain'))
           + (select count(*) from scopes where live <> 'ended' and due::text ~ '"(poll|delay)"')
           + (select count(*) from runs where state = 'queued')
           + (select count(*) from alerts where state = 'accepted')`,
        );
        return moving === 0;
      });
      await scene.until('the held jobs have been offered again', async () => {
        return (await scene.count('select count(*) from outbox where sends < 2')) === 0;
      });
      expect(await takenContainments(scene)).toEqual(underWay);
      expect(orderedIsolations(scene).filter((key) => !underWay.has(key))).toEqual([]);
      expect(orderedIsolations(scene).length).toBeLessThan(scene.hosts);

      await scene.database.owner.query(
        `insert into people (tenant_id, id, name, roles)
         values ('default', 'per_a', 'Ada', '{operator}'), ('default', 'per_b', 'Bo', '{operator}')`,
      );
      const clear = (personId: string | null) => clearAsSeen(scene.parts, { ...input, personId });
      expect(await clear(null)).toMatchObject({ ok: false, code: 'approval/needs-person' });
      expect(await clear('per_a')).toMatchObject({ ok: true, state: 'needs-second-person' });
      expect(await clear('per_a')).toMatchObject({ ok: true, state: 'needs-second-person' });
      expect(await clear('per_b')).toMatchObject({ ok: true, state: 'cleared' });
      await scene.rest();
      await scene.stopAll();
      const types = (await expectAftermath(scene)).map((entry) => entry.type);
      const stops = types.filter((type) => type.startsWith('stop.'));
      const cleared = ['stop.clear-requested', 'stop.clear-requested', 'stop.cleared'];
      expect(stops).toEqual(['stop.set', 'stop.refused', ...cleared]);
    },
    120_000,
  );
});
