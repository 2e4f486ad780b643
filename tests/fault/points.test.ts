import { describe, expect, it } from 'vitest';
import { runPoints } from '../../engine/runtime/fault-point.ts';
import { useBackends } from './backends.ts';
import { openScene } from './open-scene.ts';
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
 * At every named point the engine dies of its own hand, and the next one, which will die at the next
 * point, takes over. An engine that does not die has not passed its point: no point is dead.
 */

/** More passes over all points, to hunt. */
const rounds = Number(process.env.FAULT_ROUNDS ?? 1);
const passingMax = 3;
/** Not passed by a process that claims what it decides. */
const inQueue = /^dispatch|^perform.before-claim/;

describe.each(await useBackends())('an engine that dies at a named point, queues in $name', (backend) => {
  // All points stand in the engine; only what touches the queue needs to be seen with both.
  const all = backend.queue === null || rounds > 1;
  const points = runPoints.filter((point) => all || /^(dispatch|perform)/.test(point));
  const deaths = Array.from({ length: rounds }, () => points).flat();

  it.skipIf(backend.missing !== null)(
    'is taken over: nothing is lost, nothing doubled, everything told',
    async () => {
      const seed = pickSeed();
      console.info(`points, queues in ${backend.name}: FAULT_SEED=${seed}`);
      const random = randomInstants(seed);
      const scene = await openScene(backend, { hosts: deaths.length * hostsPerRound, users: 0 });
      const people = await prepareTakenBack(scene);
      const dead: string[] = [];
      for (const [round, point] of deaths.entries()) {
        await sendRound(scene, round);
        const passing = 1 + Math.floor(random() * passesOf(point));
        const engine = scene.start({ people, death: { point, passing }, overQueueOnly: inQueue.test(point) });
        await scene.until(`passing ${passing} of ${point}`, async () => {
          await letTimePass(scene, dead);
          return !engine.running();
        });
        expect(engine.endedBy(), `${point}: ${engine.said()}`).toBe('SIGKILL');
        dead.push(engine.name);
      }
      scene.start({ people });
      await scene.until('everything is taken back', async () => {
        await letTimePass(scene, dead);
        return (await leftToDo(scene, deaths.length)) === 0;
      });
      await scene.stopAll();
      await expectTakenBack(scene, deaths.length);
    },
    180_000 * rounds,
  );
});

/** A round has one run to take back by hand, and one lease of each kind. */
function passesOf(point: string): number {
  return /^(undo|settle|lease)/.test(point) ? 1 : passingMax;
}
