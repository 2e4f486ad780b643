import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Role } from '../../api/process/config.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import type { Json } from '../../schemas/json.ts';
import { useBackends } from './backends.ts';
import type { EngineProcess } from './engine-process.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openScene, type Scene, testActor } from './open-scene.ts';
import { pickSeed, randomInstants } from './random-instants.ts';

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
const sendersAtOnce = 8;

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
        const token = await senderToken(scene);
        let started = 0;
        const startAs = (role: Role) => scene.start({ name: `${role}-${++started}`, roles: [role], port });
        const members: Member[] = (['api', 'engine', 'engine', 'worker', 'worker', 'sequencer'] as const).map(
          (role) => ({ role, now: startAs(role), killed: 0 }),
        );
        const sent = sendUntilAccepted(`http://127.0.0.1:${port}/v1/alerts`, token, scene.alerts);

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

async function senderToken(scene: Scene): Promise<string> {
  const identity = openIdentity({ database: scene.database.app, tenant: defaultTenant, mint: mintId });
  const made = await identity.createToken(
    { actor: testActor },
    { personId: null, name: 'sender', roles: ['analyst'] },
  );
  if (!made.ok) throw new Error(made.detail);
  return made.secret;
}

async function sendUntilAccepted(url: string, token: string, alerts: readonly Json[]): Promise<void> {
  const left = [...alerts];
  const send = async (body: Json): Promise<boolean> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429)
      throw new Error(`refused: ${answer.status} ${await answer.text()}`);
    await answer.text();
    return answer.ok;
  };
  const work = async () => {
    for (let body = left.shift(); body !== undefined; body = left.shift()) {
      // A connection that nobody answers is the fault under test; a refusal is not.
      while (!(await send(body).catch(unlessRefused))) await sleep(100);
    }
  };
  await Promise.all(Array.from({ length: sendersAtOnce }, work));
}

function unlessRefused(error: Error): false {
  if (error.message.startsWith('refused')) throw error;
  return false;
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** Chosen by the machine; each life of the API listens there again. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
