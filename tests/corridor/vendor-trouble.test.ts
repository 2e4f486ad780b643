import { afterAll, beforeAll, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import type { RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import {
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  tom,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* The vendor says "later", or acts and does not say so. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  const retry = '    retry: { max_attempts: 3, backoff: fixed, initial: 1s, max: 5s }\n';
  await corridor.publish(madePlaybook('isolating', `${isolateStep}    timeout: 2s\n${retry}`));
});
afterAll(() => corridor.close());

const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);
const last = async () => (await corridor.runs()).at(-1);

it('a throttled request is sent again, not before the vendor said', async () => {
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    does: { kind: 'throttle', retryAfterSeconds: 2 },
  });
  await corridor.sendBody(hostAlert('isolating', 'throttled-1', ws0117));
  await corridor.rest();
  const run = await last();
  expect(run?.state).toBe('succeeded');
  expect(isolated(ws0117)).toMatchObject({ applied: 1, duplicates: 0 });
  const { rows } = await corridor.database.owner.query<{ entry: string; ms: string }>(
    `select convert_from(entry, 'utf8') as entry, floor(extract(epoch from enqueued_at) * 1000) as ms
     from audit_pending order by enqueued_at, id`,
  );
  const at = (type: string) =>
    rows
      .filter(({ entry }) => entry.includes(`"${type}"`) && entry.includes(run?.id ?? '-'))
      .map((row) => Number(row.ms));
  expect(at('action.attempted')).toHaveLength(2);
  expect(at('action.failed')).toHaveLength(1);
  // The vendor's two seconds and not the playbook's one: both are noted a little after they were decided.
  expect((at('action.attempted')[1] ?? 0) - (at('action.failed')[0] ?? 0)).toBeGreaterThan(1_500);
});

it.each(['apply-then-hang', 'apply-then-drop'] as const)(
  'an effect whose answer was lost (%s) is found by asking, and never sent twice',
  async (kind) => {
    const host = kind === 'apply-then-hang' ? ws0244 : '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';
    corridor.lab.estate.addFault({ method: 'POST', path: '/mde/api/machines/*/isolate', does: { kind } });
    await corridor.sendBody(hostAlert('isolating', kind, host));
    await corridor.rest();
    const run = await last();
    expect(run?.state).toBe('succeeded');
    expect(isolated(host)).toMatchObject({ orders: 1, applied: 1, duplicates: 0, repeats: 0 });
    const story = (await corridor.story(run?.id)).map((entry) => entry.type);
    expect(story).toContain('action.unknown');
    expect(story.filter((type) => type === 'action.attempted')).toHaveLength(1);
  },
);

it('a user who was disabled behind a lost answer is disabled once', async () => {
  const steps = `  - id: disable
    action: directory.disable-user
    with: { user_id: "\${{ inputs.host_id }}" }
`;
  await corridor.publish(madePlaybook('disabling', steps));
  corridor.lab.estate.addFault({
    method: 'PATCH',
    path: '/graph/v1.0/users/*',
    does: { kind: 'apply-then-drop' },
  });
  await corridor.sendBody(hostAlert('disabling', 'disabling-1', tom));
  await corridor.rest();
  expect((await last())?.state).toBe('succeeded');
  expect(corridor.lab.estate.effect('sign-in-blocked', `user:${tom}`)).toMatchObject({
    applied: 1,
    duplicates: 0,
  });
});

it('a request under way is broken off when its run is cancelled, and what it did is found out', async () => {
  await corridor.publish(madePlaybook('patient', `${isolateStep}    timeout: 15m\n`));
  const host = '1480f2ac1bba6bed66d87b78688cd65a809999fd';
  corridor.lab.estate.addFault({
    method: 'POST',
    path: '/mde/api/machines/*/isolate',
    does: { kind: 'apply-then-hang' },
  });
  await corridor.sendBody(hostAlert('patient', 'patient-1', host));
  await until(async () => isolated(host).orders === 1);
  const run = await last();
  const cancelled = await cancelRun(corridor.engine.parts, corridor.engine.advancer, {
    runId: run?.id as RunId,
    actor: testActor,
    reason: 'It was nothing',
    undo: true,
    requestId: 'test',
  });
  expect(cancelled).toEqual({ ok: true });
  // Nobody waits for the quarter of an hour that the request may take: the test has one minute. Whether
  // the host was isolated before is not known any more, so a person is asked before it is released.
  const bo = await corridor.person('Bo', ['soc']);
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  await decide(corridor, await onlyQuestion(corridor), bo);
  await corridor.rest();
  expect((await last())?.state).toBe('cancelled');
  expect((await corridor.story(run?.id)).map(({ type }) => type)).toContain('action.unknown');
  expect(isolated(host)).toMatchObject({ orders: 1, applied: 1, released: 1, duplicates: 0 });
});
