import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { useBackends } from './backends.ts';
import { openScene, type Scene } from './open-scene.ts';
import { pickSeed, randomInstants } from './random-instants.ts';
import {
  expectTakenBack,
  hostsPerRound,
  leftToDo,
  letTimePass,
  prepareTakenBack,
  sendRound,
} from './taken-back.ts';

/*
 * People take back ended runs and leases end, some at once and some behind a question, while one engine
 * after the other is killed. It starts when the effects are there, so that each death meets an undo.
 */

const rounds = 8;
/** So many records are taken back when an engine dies; a random instant later, to be exact. */
const deaths = [1, 6, 12, 18, 24, 30, 36];
const laterMsMax = 150;

describe.each(await useBackends())('an engine killed while it takes back, queues in $name', (backend) => {
  it.skipIf(backend.missing !== null)(
    'gives back every host once, and holds say what is true',
    async () => {
      const seed = pickSeed();
      console.info(`kill-undo, queues in ${backend.name}: FAULT_SEED=${seed}`);
      const random = randomInstants(seed);
      const scene = await openScene(backend, { hosts: rounds * hostsPerRound, users: 0 });
      const people = await prepareTakenBack(scene);
      for (let round = 0; round < rounds; round++) await sendRound(scene, round);
      const dead: string[] = [];
      for (const enough of deaths) {
        const engine = scene.start({ people });
        await scene.until(`${enough} records are taken back`, async () => {
          await letTimePass(scene, dead);
          return (await scene.count(`select count(*) from undo_records where state = 'undone'`)) >= enough;
        });
        await sleep(random() * laterMsMax);
        await engine.kill();
        dead.push(engine.name);
        await expectHoldsTrue(scene);
      }
      scene.start({ people });
      await scene.until('everything is taken back', async () => {
        await letTimePass(scene, dead);
        return (await leftToDo(scene, rounds)) === 0;
      });
      await scene.stopAll();
      await expectTakenBack(scene, rounds);
    },
    180_000,
  );
});

interface Recorded {
  state: string;
  host: string;
  held: boolean;
}

/**
 * While nobody works: a record that nobody has taken up is a host that is isolated and held, and one
 * that is undone is a host that is free and that nobody holds. In between anything may be under way.
 */
async function expectHoldsTrue({ database, lab }: Scene): Promise<void> {
  const { rows } = await database.owner.query<Recorded>(
    `select u.state, u.target_id as host, exists (select 1 from holds h
       where h.run_id = u.run_id and h.step_path = u.step_path and h.state = 'held') as held
     from undo_records u where u.state in ('done', 'undone')`,
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { state, host, held } of rows) {
    const { isolation } = lab.estate.host(host);
    const wanted = state === 'done' ? { isolation: 'Full', held: true } : { isolation: 'none', held: false };
    expect({ isolation, held }, `${host}, whose record is ${state}`).toEqual(wanted);
  }
}
