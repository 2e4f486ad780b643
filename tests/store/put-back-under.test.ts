import { beforeEach, expect, it } from 'vitest';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { guardrailsInForce } from '../../engine/runtime/guardrails-in-force.ts';
import { createFrameLoader } from '../../engine/runtime/keep-frames.ts';
import { routingInForce } from '../../engine/runtime/routing-in-force.ts';
import { defaultTenant, type RunId } from '../../schemas/ids.ts';
import { exchangeDatabases } from '../support/change-database.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';

/*
 * A database is put back under an engine that lives: a standby that lagged behind is promoted, or a backup restored.
 * Numbers that never come twice come twice then, and what was kept under them is of a history that is gone.
 */

let lost: TestDatabase;
let restored: TestDatabase;
beforeEach(async () => {
  [lost, restored] = [await useDatabase(), await useDatabase()];
});

const partsOf = ({ app }: TestDatabase): EngineParts =>
  ({ database: app, tenant: defaultTenant }) as Partial<EngineParts> as EngineParts;

it('guardrails that were in force in the lost history are not those of the same version now', async () => {
  const publish = async ({ owner }: TestDatabase, modeCeiling: string) => {
    await owner.query(
      `insert into guardrails_versions (tenant_id, version, digest, source, guardrails, proposed_by, in_force_at)
       values ($1, 1, 'x', 'x', $2, 'ada', clock_timestamp())`,
      [defaultTenant, JSON.stringify({ modeCeiling })],
    );
    await owner.query('update guardrails_in_force set version = 1');
  };
  await publish(lost, 'enforce');
  await publish(restored, 'audit');
  const parts = partsOf(lost);
  const inForce = () => lost.app.transaction((tx) => guardrailsInForce(tx, parts));
  expect(await inForce()).toEqual({ modeCeiling: 'enforce' });
  await exchangeDatabases(lost, restored);
  expect(await inForce()).toEqual({ modeCeiling: 'audit' });
});

it('nor is a routing file', async () => {
  const publish = ({ owner }: TestDatabase, playbook: string) =>
    owner.query(
      `insert into routing_versions (tenant_id, version, source, routing, published_by) values ($1, 1, 'x', $2, 'ada')`,
      [defaultTenant, JSON.stringify({ routes: [{ playbook, enabled: false }] })],
    );
  await publish(lost, 'one');
  await publish(restored, 'other');
  const parts = partsOf(lost);
  expect(await routingInForce(lost.app, parts)).toMatchObject({ routes: [{ playbook: 'one' }] });
  await exchangeDatabases(lost, restored);
  expect(await routingInForce(lost.app, parts)).toMatchObject({ routes: [{ playbook: 'other' }] });
});

it('nor what a loop saw of the steps before it', async () => {
  const begin = async ({ owner }: TestDatabase, host: string) => {
    await owner.query('alter table frames drop constraint frames_tenant_id_run_id_fkey');
    await owner.query('insert into frames (tenant_id, run_id, path, frame) values ($1, $2, $3, $4)', [
      defaultTenant,
      'run_1',
      'run/sweep',
      JSON.stringify({ steps: { find: { outputs: { host } } } }),
    ]);
  };
  await begin(lost, 'one');
  await begin(restored, 'other');
  const load = createFrameLoader(lost.app, defaultTenant);
  const name = { runId: 'run_1' as RunId, path: 'run/sweep' };
  const seen = async () => (await load(lost.app, [name]))(name).frame;
  expect(await seen()).toEqual({ steps: { find: { outputs: { host: 'one' } } } });
  await exchangeDatabases(lost, restored);
  // The first thing over the new connection says where it leads.
  await lost.app.query('select 1');
  expect(await seen()).toEqual({ steps: { find: { outputs: { host: 'other' } } } });
});
