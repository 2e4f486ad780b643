import { expect, it } from 'vitest';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { listHeld } from '../../engine/runtime/read/list-held.ts';
import { settleHeld } from '../../engine/runtime/settle-held.ts';
import { crowdHostId } from '../../examples/lab/seed/grow-crowd.ts';
import { type ApprovalId, defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import { useBackends } from './backends.ts';
import { openScene, type Scene } from './open-scene.ts';

/*
 * A storm of whole runs against one limit, over two engine processes (audit facts 2.3, item 14): as many
 * isolations as the limit allows, one request to people for all the others, and of those exactly the ones
 * that people say yes to.
 */

const storm = 1_000;
const limit = 25;

async function person(scene: Scene, name: string): Promise<PersonId> {
  const id = mintId('PersonId');
  await scene.database.owner.query(
    `insert into people (tenant_id, id, name, roles, groups) values ('default', $1, $2, '{approver}', '{soc}')`,
    [id, name],
  );
  return id;
}

async function guard(scene: Scene): Promise<void> {
  const published = await publishGuardrails(scene.parts, {
    personId: await person(scene, 'Ada'),
    actor: { kind: 'person', id: 'per_ada', channel: 'api' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source: `kind: guardrails/v1
limits:
  - { id: hosts_hour, classes: [contain], target_kind: host, targets: ${limit}, per: 1h, on_exceed: ask, reason: A wave of isolations, approvers: ["group:soc"], quorum: 2 }
`,
  });
  if (!published.ok) throw new Error(published.detail);
}

function isolated(scene: Scene): number {
  return Array.from({ length: storm }, (_, n) =>
    scene.lab.estate.effect('network-isolated', `host:${crowdHostId(n)}`),
  ).filter(({ orders, applied, duplicates }) => {
    expect(duplicates).toBe(0);
    return orders > 0 || applied > 0;
  }).length;
}

it('a thousand isolations against a limit of 25: exactly 25 go out, and people get one request for the rest', async () => {
  const [backend] = await useBackends();
  if (backend === undefined) throw new Error('no backend');
  const scene = await openScene(backend, { hosts: storm, users: 0 });
  await guard(scene);
  scene.start({ name: 'one' });
  scene.start({ name: 'two' });
  await scene.sendAlerts();
  const inState = (state: string) => scene.count('select count(*) from runs where state = $1', [state]);
  const settled = (succeeded: number) =>
    scene.until('every run ends or waits', async () => {
      return (await inState('succeeded')) === succeeded && (await inState('waiting')) === storm - succeeded;
    });
  await settled(limit);
  expect(isolated(scene)).toBe(limit);
  const reserved = `select count(distinct target) from reservations where budget = 'guardrails:hosts_hour'`;
  expect(await scene.count(reserved)).toBe(limit);

  const { app } = scene.database;
  const [held, ...others] = (await listHeld(app, defaultTenant, { limit: 50 })).items;
  expect(others).toEqual([]);
  expect(held).toMatchObject({
    budget: 'guardrails:hosts_hour',
    reason: 'A wave of isolations',
    waiting: storm - limit,
    targets: storm - limit,
    playbooks: ['crowd-host'],
  });

  const { rows } = await app.query<{ id: ApprovalId; digest: string }>(
    `select id, digest from approvals where state = 'pending' and held_by = $1 and quorum = 2 and approvers = '{group:soc}'
     order by requested_at, id`,
    [held?.budget],
  );
  expect(rows).toHaveLength(storm - limit);
  const chosen = rows.slice(100, 110);
  const advancer = createAdvancer(scene.parts);
  const say = (personId: PersonId) =>
    settleHeld(scene.parts, advancer, {
      budget: held?.budget ?? '',
      approvals: chosen,
      decision: 'approve',
      comment: 'looked at them',
      personId,
      actor: { kind: 'person', id: personId, channel: 'api' },
      requestId: 'test',
      signedInAtMs: Date.now(),
    });
  const first = await say(await person(scene, 'Bo'));
  expect(first.map((each) => each.ok && each.state)).toEqual(chosen.map(() => 'pending'));
  expect(isolated(scene)).toBe(limit);
  const second = await say(await person(scene, 'Cy'));
  expect(second.map((each) => each.ok && each.state)).toEqual(chosen.map(() => 'granted'));
  await settled(limit + chosen.length);
  expect(isolated(scene)).toBe(limit + chosen.length);
  expect(await scene.count(reserved)).toBe(limit + chosen.length);
  await scene.stopAll();

  const told = `select count(*) from (
      select convert_from(entry, 'UTF8')::json as e from audit_log union all select convert_from(entry, 'UTF8')::json from audit_pending
    ) entries where e->>'type' = $1`;
  expect(await scene.count(told, ['approval.requested'])).toBe(1);
  expect(await scene.count(told, ['approval.joined'])).toBe(storm - limit - 1);
}, 180_000);
