import { expect, it } from 'vitest';
import { freePort } from '../support/riposte-process.ts';
import { expectAftermath } from './expect-aftermath.ts';
import { openSilentScene } from './open-silent-scene.ts';
import { sendUntilAccepted } from './send-until-accepted.ts';

/*
 * A fleet, every role in a process of its own, whose database falls silent while alerts come in over HTTP: no
 * connection ends, none answers, new ones work. Nobody restarts anything.
 */

const crowd = { hosts: 60, users: 15 };

it('a fleet whose database falls silent takes every alert and does every effect once', async () => {
  const { scene, line } = await openSilentScene(crowd);
  const port = await freePort();
  const members = (['api', 'engine', 'engine', 'worker', 'worker', 'sequencer'] as const).map((role, at) =>
    scene.start({ name: `${role}-${at}`, roles: [role], port }),
  );
  await Promise.all(members.map((member) => member.ready()));
  const sent = sendUntilAccepted(scene, port);
  await scene.until(
    'some attempts are done',
    async () => (await scene.count(`select count(*) from attempts where state = 'done'`)) >= 20,
  );
  // Each member has some, and the senders go on meanwhile.
  expect(line.silence()).toBeGreaterThan(members.length);
  await sent;
  await scene.rest();
  for (const member of members) expect(member.running(), member.said()).toBe(true);
  await scene.stopAll();
  const entries = await expectAftermath(scene);
  expect(entries.filter((entry) => entry.type === 'alert.accepted')).toHaveLength(crowd.hosts + crowd.users);
}, 240_000);
