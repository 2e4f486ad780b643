import { afterAll, beforeAll, expect, it } from 'vitest';
import { editApproval } from '../../engine/runtime/edit-approval.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import type { PersonId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import {
  type Asked,
  db1,
  decide,
  forWholeAlert,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* An approver changes what is asked about, within what the playbook lets them change. */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc'], ['approver', 'operator']);
  cy = await corridor.person('Cy', ['soc'], ['approver', 'operator']);
});
afterAll(() => corridor.close());

const ws0302 = '1480f2ac1bba6bed66d87b78688cd65a809999fd';
const ceo = '52406d78111113c074216b33d09b931de952cd1a';
const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';
const isolated = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`);
const types = async (asked: Asked) => (await corridor.story(asked.run_id)).map((entry) => entry.type);

function edit(asked: Asked, personId: PersonId, values: JsonObject) {
  return editApproval(corridor.engine.parts, corridor.engine.advancer, {
    approvalId: asked.id,
    values,
    digest: asked.digest,
    comment: 'mail has to stay',
    personId,
    actor: { kind: 'person', id: personId, channel: 'api' },
    requestId: 'test',
  });
}

async function ask(id: string, host: string, approval: string): Promise<Asked> {
  await corridor.publish(madePlaybook(id, `${isolateStep}    approval: ${approval}\n`));
  await corridor.sendBody(hostAlert(id, `${id}-1`, host));
  await corridor.rest();
  return onlyQuestion(corridor);
}

it('the changed argument is asked about anew without the votes so far, and is what happens', async () => {
  const asked = await ask('narrowed', ws0117, '{ approvers: [group:soc], quorum: 2, editable: [scope] }');
  expect(asked.card).toMatchObject({
    editable: [{ name: 'scope', schema: { enum: ['full', 'selective'] } }],
  });
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  const edited = await edit(asked, bo, { scope: 'selective' });
  const next = await onlyQuestion(corridor);
  expect(edited).toMatchObject({ ok: true, next: { id: next.id, digest: next.digest } });
  expect(next.digest).not.toBe(asked.digest);
  expect(next.card).toMatchObject({
    arguments: expect.arrayContaining([{ name: 'scope', value: 'selective' }]),
  });
  // The old question is closed for everybody, and its digest opens nothing.
  expect(await decide(corridor, asked, bo)).toMatchObject({ ok: false, code: 'approval/already-decided' });
  expect(await decide(corridor, { ...next, digest: asked.digest }, bo)).toMatchObject({
    ok: false,
    code: 'approval/digest-mismatch',
  });
  // The earlier yes was to something else: it takes two again, and the editor may be one of them.
  expect(await decide(corridor, next, bo)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  expect(isolated(ws0117).orders).toBe(0);
  expect(await decide(corridor, next, cy)).toMatchObject({ ok: true, state: 'granted', votes: 2 });
  await corridor.rest();
  expect(isolated(ws0117)).toMatchObject({ applied: 1, duplicates: 0 });
  expect(corridor.lab.estate.host(ws0117).isolation).toBe('Selective');
  const story = await corridor.story(asked.run_id);
  expect(story.map((entry) => entry.type)).toContain('approval.edited');
  expect(story.find((entry) => entry.type === 'approval.edit-requested')).toMatchObject({
    actor: { kind: 'person', id: bo, channel: 'api' },
    data: { values: { scope: 'selective' }, before: { scope: 'full' } },
    reason: 'mail has to stay',
  });
});

it('what the playbook does not list, what does not fit and what was never asked changes nothing', async () => {
  const asked = await ask('guarded', ws0244, '{ approvers: [group:soc], editable: [scope] }');
  expect(await edit(asked, bo, { host_id: db1 })).toMatchObject({ ok: false, code: 'approval/not-editable' });
  expect(await edit(asked, bo, { scope: 'none' })).toMatchObject({
    ok: false,
    code: 'approval/edit-rejected',
  });
  expect(
    await edit({ ...asked, digest: `sha256:${'0'.repeat(64)}` }, bo, { scope: 'selective' }),
  ).toMatchObject({
    ok: false,
    code: 'approval/digest-mismatch',
  });
  const other = await corridor.person('Fay', ['finance']);
  expect(await edit(asked, other, { scope: 'selective' })).toMatchObject({
    ok: false,
    code: 'approval/not-named',
  });
  const refused = async () => (await types(asked)).filter((type) => type === 'approval.refused');
  expect(await refused()).toHaveLength(4);
  await edit(asked, bo, { host_id: db1 });
  expect(await refused(), 'the same again').toHaveLength(4);
  await edit(asked, bo, { host_id: ws0244 });
  expect(await refused(), 'something else').toHaveLength(5);
  expect(await onlyQuestion(corridor)).toEqual(asked);
  expect(await decide(corridor, asked, bo, 'deny')).toMatchObject({ ok: true, state: 'denied' });
  await corridor.rest();
  expect(isolated(ws0244).orders).toBe(0);
  expect(isolated(db1).orders).toBe(0);
});

it('after a grant a change is told what stood, and what was granted is what happens', async () => {
  const asked = await ask('granted-first', ws0244, '{ approvers: [group:soc], editable: [scope] }');
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'granted' });
  const late = await edit(asked, bo, { scope: 'selective' });
  expect(late).toMatchObject({ ok: false, code: 'approval/already-decided' });
  expect(late).toMatchObject({ detail: expect.stringContaining('granted') });
  await corridor.rest();
  expect(corridor.lab.estate.host(ws0244).isolation).toBe('Full');
  expect(await types(asked)).toContain('approval.ignored');
});

it('of a change and a yes in the same instant one counts, and the other is told', async () => {
  const host = db1;
  const asked = await ask('at-once', host, '{ approvers: [group:soc], editable: [scope] }');
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      n % 2 === 0
        ? edit(asked, bo, { scope: 'selective' })
        : decide(corridor, asked, n === 1 ? cy : bo, 'approve'),
    ),
  );
  const counted = answers.filter((answer) => answer.ok && !('repeated' in answer && answer.repeated));
  expect(counted).toHaveLength(1);
  for (const answer of answers) if (!answer.ok) expect(answer.code).toBe('approval/already-decided');
  await corridor.rest();
  const granted = counted.some((answer) => 'state' in answer);
  const open = await questions(corridor, 'pending');
  expect(open).toHaveLength(granted ? 0 : 1);
  expect(isolated(host).applied).toBe(granted ? 1 : 0);
  expect(await types(asked)).toContain('approval.ignored');
  for (const left of open) await decide(corridor, left, cy, 'deny');
  await corridor.rest();
});

it('a change during an emergency stop is kept, and asked about when the stop is over', async () => {
  const { parts } = corridor.engine;
  const stop = (personId: PersonId) => ({
    scope: 'everything' as const,
    subject: '',
    reason: 'look first',
    actor: testActor,
    personId,
    requestId: 'test',
  });
  const asked = await ask('stopped', ws0301, '{ approvers: [group:soc], editable: [scope] }');
  expect(await setStop(parts, stop(bo))).toMatchObject({ ok: true });
  expect(await edit(asked, bo, { scope: 'selective' })).toEqual({ ok: true, next: null });
  await corridor.rest();
  expect(await questions(corridor, 'pending')).toEqual([]);
  await clearAsSeen(parts, stop(bo));
  expect(await clearAsSeen(parts, stop(cy))).toMatchObject({ ok: true, state: 'cleared' });
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  expect(isolated(ws0301).orders).toBe(0);
  const next = await onlyQuestion(corridor);
  expect(next.card).toMatchObject({
    arguments: expect.arrayContaining([{ name: 'scope', value: 'selective' }]),
  });
  expect(await decide(corridor, next, cy)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(corridor.lab.estate.host(ws0301).isolation).toBe('Selective');
});

it('inside a loop only the question of that item changes', async () => {
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 10
    max_parallel: 2
    steps:
      - id: isolate
        action: edr.isolate-host
        lease: 72h
        with: { host_id: "\${{ host.id }}", scope: full }
        approval: { approvers: [group:soc], editable: [scope] }
`;
  await corridor.publish(forWholeAlert('each', steps));
  const alert = hostAlert('each', 'each-1', ws0302);
  const hosts = [ws0302, ceo].map((id) => ({ id, name: id }));
  await corridor.sendBody({ ...alert, targets: { hosts } });
  await until(async () => (await questions(corridor, 'pending')).length === 2);
  const about = (host: string) => (each: Asked) => each.card.targets[0]?.id === host;
  const asked = (await questions(corridor, 'pending')).find(about(ws0302));
  if (asked === undefined) throw new Error('nobody was asked about the workstation');
  expect(await edit(asked, bo, { scope: 'none' })).toMatchObject({ code: 'approval/edit-rejected' });
  expect(await edit(asked, bo, { scope: 'selective' })).toMatchObject({ ok: true });
  for (const each of await questions(corridor, 'pending'))
    expect(await decide(corridor, each, cy)).toMatchObject({ ok: true, state: 'granted' });
  await corridor.rest();
  expect(corridor.lab.estate.host(ws0302).isolation).toBe('Selective');
  expect(corridor.lab.estate.host(ceo).isolation).toBe('Full');
});

it('another target counts instead of the one before, which is free again', async () => {
  const guards = `guards:
  - id: one_host
    applies_to: [contain]
    limit: { targets: 1, per: 1h, scope: playbook }
    on_exceed: deny
    message: One host an hour.
`;
  const steps = `${isolateStep}    approval: { approvers: [group:soc], editable: [host_id] }\n`;
  await corridor.publish(madePlaybook('other-host', steps, guards));
  await corridor.sendBody(hostAlert('other-host', 'other-host-1', ws0302));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  expect(await edit(asked, bo, { host_id: ceo })).toMatchObject({ ok: true });
  await corridor.rest();
  const next = await onlyQuestion(corridor);
  expect(next.card.targets).toMatchObject([{ id: ceo }]);
  const { rows } = await corridor.database.owner.query('select target from reservations where run_id = $1', [
    asked.run_id,
  ]);
  expect(rows).toEqual([{ target: `host:${ceo}` }]);
  await decide(corridor, next, cy);
  await corridor.rest();
  expect(isolated(ceo).applied).toBe(1);
});
