import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { breakGlass } from '../../engine/runtime/break-glass.ts';
import { changePerson } from '../../engine/runtime/identity/change-person.ts';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { reviewBreakGlass } from '../../engine/runtime/review-break-glass.ts';
import { setPause } from '../../engine/runtime/set-pause.ts';
import { withdrawApproval } from '../../engine/runtime/withdraw-approval.ts';
import { defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import {
  type Asked,
  db1,
  decide,
  hostAlert,
  isolateStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0117,
  ws0244,
} from './questions.ts';

/* Breaking the glass takes the place of the playbook's votes, not of how many people the operator wants (record 0019). */

let corridor: Corridor;
let bo: PersonId;
let cy: PersonId;
let gil: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  cy = await corridor.person('Cy', ['soc']);
  const ada = await corridor.person('Ada', [], ['operator']);
  const published = await publishGuardrails(corridor.engine.parts, {
    ...by(ada),
    file: 'guardrails.yaml',
    version: 0,
    source: `kind: guardrails/v1
ask:
  - { id: server, match: 'guard.target.id == "${db1}"', classes: [contain], quorum: 2 }
  - { id: laptop, match: 'guard.target.id == "${ws0244}"', classes: [contain], quorum: 2, break_glass: true }
`,
  });
  if (!published.ok) throw new Error(published.detail);
  const asking = '    approval: { approvers: [group:soc], quorum: 3 }\n';
  await corridor.publish(madePlaybook('one', `${isolateStep}${asking}`));
  await corridor.publish(
    madePlaybook(
      'gated',
      `  - id: ask\n    approval: { approvers: [group:soc], covers: [isolate] }\n${isolateStep}`,
    ),
  );
});
afterAll(() => corridor.close());
/** Somebody new each time: three a day is per person. */
beforeEach(async () => {
  gil = await holder('Gil');
});

async function holder(name: string, roles = ['break-glass']): Promise<PersonId> {
  const id = await corridor.person(name, [], roles);
  const { owner } = corridor.database;
  await owner.query('alter table people disable trigger user');
  await owner.query(`update people set break_glass_since = now() - interval '2 days' where id = $1`, [id]);
  await owner.query('alter table people enable trigger user');
  return id;
}

function by(personId: PersonId) {
  const actor = { kind: 'person', id: personId, channel: 'console' } as const;
  return { personId, actor, requestId: 'test' };
}

let alerts = 0;
async function ask(playbook: string, hostId: string): Promise<Asked> {
  await corridor.sendBody(hostAlert(playbook, `${playbook}-${alerts++}`, hostId));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

const alone = (asked: Asked, who: PersonId) =>
  breakGlass(corridor.engine.parts, corridor.engine.advancer, {
    ...by(who),
    approvalId: asked.id,
    digest: asked.digest,
    reason: 'DB is being encrypted and nobody of soc answers the phone',
    signedInAtMs: Date.now(),
  });
const review = (asked: Asked, who: PersonId) =>
  reviewBreakGlass(corridor.engine.parts, {
    ...by(who),
    approvalId: asked.id,
    finding: 'justified',
    comment: 'I was called at 3:10 and saw it',
  });
const orders = (hostId: string) => corridor.lab.estate.effect('network-isolated', `host:${hostId}`).orders;
const entriesOf = async (asked: Asked, type: string) =>
  (await corridor.story(asked.run_id)).filter((entry) => entry.type === type);

it('a guardrail that wants two people gets two: another one says yes first, and is kept to it', async () => {
  const asked = await ask('one', db1);
  expect(await alone(asked, gil)).toMatchObject({ ok: false, code: 'approval/break-glass-quorum' });
  expect(await entriesOf(asked, 'approval.refused')).toMatchObject([
    { code: 'approval/break-glass-quorum', data: { decision: 'break-glass', severity: 'high' } },
  ]);
  // One who is not asked, or who has thought again, is nobody.
  await decide(corridor, asked, await corridor.person('Fay', ['finance']));
  await decide(corridor, asked, bo);
  await withdrawApproval(corridor.engine.parts, corridor.engine.advancer, {
    ...by(bo),
    approvalId: asked.id,
    comment: null,
  });
  expect(await alone(asked, gil)).toMatchObject({ ok: false, code: 'approval/break-glass-quorum' });
  expect(orders(db1)).toBe(0);
  expect(await decide(corridor, asked, cy)).toMatchObject({ ok: true, state: 'pending', votes: 1 });
  expect(await alone(asked, gil)).toEqual({ ok: true, repeated: false });
  await corridor.rest();
  expect(orders(db1)).toBe(1);
  const granted = await entriesOf(asked, 'approval.granted');
  expect(granted).toMatchObject([{ data: { by: [cy, gil] } }]);
});

it('where the rule says that one is enough, one is', async () => {
  const asked = await ask('one', ws0244);
  expect(await alone(asked, gil)).toEqual({ ok: true, repeated: false });
  await corridor.rest();
  expect(orders(ws0244)).toBe(1);
});

it('the one who said yes first is judged again when it goes out: without them there is one, and one is too few', async () => {
  const asked = await ask('one', db1);
  const before = orders(db1);
  const dot = await corridor.person('Dot', ['soc']);
  await decide(corridor, asked, dot);
  await setPause(corridor.engine.parts, { ...by(bo), reason: 'a drill' });
  expect(await alone(asked, gil)).toMatchObject({ ok: true });
  await until(async () => (await entriesOf(asked, 'action.held')).length > 0);
  const context = { database: corridor.database.app, tenant: defaultTenant, mint: mintId };
  await changePerson(context, { actor: testActor, requestId: 'test' }, dot, { active: false });
  await corridor.database.owner.query('update pauses set active = false, lift_asked_by = null');
  await corridor.database.owner.query(
    `update deadlines set due_at = clock_timestamp() where kind = 'recheck'`,
  );
  await until(async () => (await entriesOf(asked, 'approval.voided')).length > 0);
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  expect(orders(db1)).toBe(before);
  await decide(corridor, await onlyQuestion(corridor), bo, 'deny');
  await corridor.rest();
});

it('a gate is asked on the same terms, and its yes reaches as far as people said it', async () => {
  const asked = await ask('gated', db1);
  expect(await alone(asked, gil)).toMatchObject({ ok: false, code: 'approval/break-glass-quorum' });
  await decide(corridor, asked, bo);
  expect(await alone(asked, gil)).toEqual({ ok: true, repeated: false });
  await corridor.rest();
  expect((await corridor.runs()).find(({ id }) => id === asked.run_id)?.state).toBe('succeeded');
  expect(await questions(corridor, 'pending')).toEqual([]);
});

it('two who decide alone do not review each other, in whatever order they come', async () => {
  const [one, two] = [
    await holder('One', ['break-glass', 'operator']),
    await holder('Two', ['break-glass', 'operator']),
  ];
  const first = await ask('one', ws0117);
  await alone(first, one);
  await corridor.rest();
  const second = await ask('one', ws0117);
  await alone(second, two);
  await corridor.rest();
  expect(await review(first, two)).toEqual({ ok: true, repeated: false });
  // However often they try, the log says it once.
  for (let n = 0; n < 3; n++)
    expect(await review(second, one)).toMatchObject({ ok: false, code: 'approval/mutual-review' });
  expect(await entriesOf(second, 'approval.refused')).toMatchObject([{ code: 'approval/mutual-review' }]);
  // The first word is no crime afterwards, and a third person is there.
  expect(await review(first, two)).toEqual({ ok: true, repeated: true });
  expect(await review(second, await corridor.person('Ada', [], ['auditor']))).toMatchObject({ ok: true });
});

it('of two who review each other in the same instant one is refused', async () => {
  for (let round = 0; round < 8; round++) {
    const [one, two] = [
      await holder(`One ${round}`, ['break-glass', 'operator']),
      await holder(`Two ${round}`, ['break-glass', 'operator']),
    ];
    const first = await ask('one', ws0117);
    await alone(first, one);
    await corridor.rest();
    const second = await ask('one', ws0117);
    await alone(second, two);
    await corridor.rest();
    const answers = await Promise.all([review(first, two), review(second, one)]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ code: 'approval/mutual-review' });
  }
});
