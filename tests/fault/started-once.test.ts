import { expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { freePort } from '../support/riposte-process.ts';
import { useBackends } from './backends.ts';
import { openScene, testActor } from './open-scene.ts';

/* The API dies after a run that a person started is committed, and before it has said so. They ask again. */

const [inPostgres] = await useBackends();

it('a run started by hand is one run, although the process that started it died before it answered', async () => {
  if (inPostgres === undefined) throw new Error('queues in PostgreSQL need nothing more');
  const scene = await openScene(inPostgres, { hosts: 0, users: 0 });
  const { app, owner } = scene.database;
  const published = await publishPlaybook(scene.parts, {
    source: byHand,
    file: 'by-hand.yaml',
    expectedId: null,
    actor: testActor,
    requestId: 'test',
    registry: manifestsOf(createRegistry()),
  });
  expect(published).toMatchObject({ ok: true });
  const identity = openIdentity({ database: app, tenant: defaultTenant, mint: mintId });
  const made = await identity.createToken(
    { actor: testActor },
    { personId: null, name: 'starter', roles: ['operator'] },
  );
  if (!made.ok) throw new Error(made.detail);
  const port = await freePort();
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/runs`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${made.secret}`,
        'content-type': 'application/json',
        'idempotency-key': 'tonight',
      },
      body: JSON.stringify({ playbookId: 'by-hand', target: { kind: 'host', id: 'H1' } }),
    });
    return { status: answer.status, body: (await answer.json()) as { id?: string; code?: string } };
  };

  // Whoever wants to write an answer down waits for us, and then it is too late: its server went on without it.
  await owner.query(`
    create function wait_for_the_test() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(77); return null; end $$;
    create trigger wait_for_the_test before update of status on idempotency_keys
      for each row when (new.status is not null) execute function wait_for_the_test()`);
  const killed = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = owner.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(77)');
    held.resolve();
    await killed.promise;
  });
  await held.promise;
  const first = scene.start({ name: 'first', roles: ['api'], port });
  await first.ready();
  const unheard = ask().catch(() => 'no answer');
  await scene.until(
    'its run is committed',
    async () => (await scene.count('select count(*) from runs')) === 1,
  );
  await first.kill();
  expect(await unheard).toBe('no answer');
  killed.resolve();
  await holding;
  await owner.query('drop trigger wait_for_the_test on idempotency_keys');

  const second = scene.start({ name: 'second', roles: ['api', 'engine', 'worker', 'sequencer'], port });
  await second.ready();
  // Nobody knows yet that it is dead.
  expect((await ask()).body.code).toBe('request/in-progress');
  await owner.query(`update idempotency_keys set claimed_at = claimed_at - interval '61 seconds'`);
  const answer = await ask();
  expect(answer.status).toBe(202);
  expect(await ask()).toEqual(answer);
  const ended = `select count(*) from runs where state = 'succeeded' and id = $1`;
  await scene.until('it has ended', async () => (await scene.count(ended, [answer.body.id])) === 1);
  expect(await scene.count('select count(*) from runs')).toBe(1);
  expect(await scene.count(`select count(*) from attempts where state = 'done'`)).toBe(1);
  await scene.stopAll();
}, 120_000);

const byHand = `kind: playbook/v1
id: by-hand
title: Isolate by hand
description: Made for a test.
status: stable
version: 1.0.0
author: Test
owner: group:soc
mode: enforce
falsepositives: [None]
triggers: [{ id: by_hand, type: manual, targets: [host] }]
inputs: { host: { type: string, from: { by_hand: "\${{ target.id }}" } } }
steps:
  - id: note
    action: incident.add-comment
    with: { incident_id: "2972399", text: "\${{ inputs.host }} was looked at." }
`;
