import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Role } from '../../api/process/config.ts';
import { freePort } from '../support/riposte-process.ts';
import { useBackends } from './backends.ts';
import type { EngineProcess } from './engine-process.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene } from './open-scene.ts';
import { pickSeed, randomInstants } from './random-instants.ts';
import { sendUntilAccepted } from './send-until-accepted.ts';

/*
 * A fleet: every role in a process of its own. Each of them is killed alone, in the middle of what it does
 * for the others, and alerts come in over HTTP from senders that ask again until they are told "accepted".
 */

/** 10,000 to hunt, with kills in proportion. */
const runs = Number(process.env.FAULT_RUNS ?? 120);
const users = Math.floor(runs / 4);
/** Times that each member is killed. */
const rounds = Math.max(3, Math.ceil(runs * 0.01));
const pauseMsMax = 700;

interface Member {
  role: Role;
  now: EngineProcess;
  killed: number;
}

describe.each(await useBackends())(
  'a fleet whose members are killed one by one, queues in $name',
  (backend) => {
    it.skipIf(backend.missing !== null)(
      `finishes ${runs} runs, every effect once`,
      async () => {
        const seed = pickSeed();
        console.info(`kill roles, queues in ${backend.name}: FAULT_SEED=${seed}`);
        const random = randomInstants(seed);
        const scene = await openScene(backend, { hosts: runs - users, users });
        const port = await freePort();
        let started = 0;
        const startAs = (role: Role) => scene.start({ name: `${role}-${++started}`, roles: [role], port });
        const members: Member[] = (['api', 'engine', 'engine', 'worker', 'worker', 'sequencer'] as const).map(
          (role) => ({ role, now: startAs(role), killed: 0 }),
        );
        const sent = sendUntilAccepted(scene, port);

        for (let round = 0; round < rounds; round++) {
          for (const member of shuffled(members, random)) {
            await sleep(random() * pauseMsMax);
            await member.now.kill();
            member.killed += 1;
            // It may stay away for a while, or be back at once.
            await sleep(random() * pauseMsMax);
            member.now = startAs(member.role);
          }
        }
        expect(members.map((each) => each.killed)).toEqual(members.map(() => rounds));

        await sent;
        await scene.rest();
        for (const { now } of members) expect(now.running(), now.said()).toBe(true);
        await scene.stopAll();
        const entries = await expectAftermath(scene);
        // Whoever got no answer sent again; that made no second alert.
        expect(entries.filter((entry) => entry.type === 'alert.accepted')).toHaveLength(runs);
      },
      Math.max(180_000, runs * 1_000),
    );
  },
);

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
