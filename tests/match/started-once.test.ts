import { expect, it } from 'vitest';
import { type Admitter, createAdmitter } from '../../engine/runtime/admit-runs.ts';
import type { Advancer } from '../../engine/runtime/gather-inbounds.ts';
import { setPlaybookEnabled } from '../../engine/runtime/set-playbook-enabled.ts';
import { type StartByHandInput, startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { actor, openMatching } from './open-matching.ts';

/* A start by hand has no event whose redelivery is known. A name given to it takes its place. */

const at = await openMatching();
const byHand = `kind: playbook/v1
id: by-hand
title: Isolate by hand
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
falsepositives: [None]
triggers:
  - { id: on_host, type: manual, targets: [host] }
  - { id: on_user, type: manual, targets: [user] }
inputs: { about: { type: string, from: { on_host: "\${{ target.id }}", on_user: "\${{ target.id }}" } } }
concurrency: { group: "\${{ inputs.about }}", limit: 1, on_conflict: skip }
steps:
  - { id: look, approval: { ask: "Go on?", approvers: ["group:soc"] } }
`;
await at.publish(byHand);

const start = (
  once: string | null,
  more: Partial<StartByHandInput> = {},
  admitter: Admitter = at.engine.admitter,
) =>
  startRunByHand(at.engine.parts, admitter, {
    playbookId: 'by-hand',
    target: { kind: 'host', id: once ?? 'unnamed' },
    inputs: {},
    actor,
    roles: [],
    groups: [],
    personId: null,
    mode: null,
    ...(once !== null && { once }),
    ...more,
  });

async function started(...of: Parameters<typeof start>): Promise<string> {
  const answer = await start(...of);
  if (!answer.ok) throw new Error(answer.detail);
  return answer.runId;
}

it('started again under its name it is the same run, also for ten at once', async () => {
  const first = await started('a');
  expect(await started('a')).toBe(first);
  const ten = await Promise.all(Array.from({ length: 10 }, () => started('b')));
  expect(new Set(ten).size).toBe(1);
  expect(ten[0]).not.toBe(first);
});

it('without a name, or under another one, it is another run', async () => {
  const target = { kind: 'user', id: 'u1' };
  const first = await started(null, { target });
  await at.setState(first as never, 'cancelled');
  const second = await started(null, { target });
  expect(second).not.toBe(first);
  // The group has its one run: that is a no, and none of a start that was made before.
  expect(await start('c', { target })).toMatchObject({ ok: false, code: 'request/conflict' });
});

it('a run that is there and cannot begin at this moment is no failed start: nobody is led to start another', async () => {
  await at.publish(byHand.replace('id: by-hand', 'id: begins-later').replace(/concurrency: .*\n/, ''));
  const away: Advancer = {
    submit: () => Promise.reject(new Error('Connection terminated unexpectedly')),
    drained: async () => undefined,
  };
  const asked = { playbookId: 'begins-later', target: { kind: 'host', id: 'later' } };
  const answer = await start(null, asked, createAdmitter(at.engine.parts, away));
  expect(answer).toMatchObject({ ok: true, state: 'queued' });
  at.engine.admitter.start();
  await expect
    .poll(async () => (await at.runs('begins-later')).map(({ state }) => state))
    .toEqual(['waiting']);
  await at.engine.admitter.stop();
});

it('is found whatever was changed since: its end, a full group, the playbook switched off', async () => {
  const first = await started('d');
  expect(await start('e', { target: { kind: 'host', id: 'd' } })).toMatchObject({ ok: false });
  await at.setState(first as never, 'cancelled');
  await setPlaybookEnabled(at.engine.parts, { id: 'by-hand', enabled: false, actor, requestId: 'test' });
  expect(await start('f')).toMatchObject({ ok: false, code: 'request/not-found' });
  expect(await start('d')).toEqual({ ok: true, runId: first, state: 'cancelled' });
});
