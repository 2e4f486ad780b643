import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type BreakGlassInput, breakGlass } from '../../engine/runtime/break-glass.ts';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import { changePerson } from '../../engine/runtime/identity/change-person.ts';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { type ReviewInput, reviewBreakGlass } from '../../engine/runtime/review-break-glass.ts';
import { setStop } from '../../engine/runtime/set-stop.ts';
import { defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { clearAsSeen } from '../support/lift-as-seen.ts';
import {
  type Asked,
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

/* One person decides alone what takes two others, and answers for it afterwards. */

let corridor: Corridor;
let ada: PersonId;
let gil: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  ada = await corridor.person('Ada', [], ['operator']);
  const approval = '    approval: { approvers: [group:soc], quorum: 2 }\n';
  await corridor.publish(madePlaybook('two', `${isolateStep}${approval}`));
  const first = await publishGuardrails(corridor.engine.parts, {
    personId: ada,
    actor: { kind: 'person', id: ada, channel: 'api' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source: 'kind: guardrails/v1\n',
  });
  if (!first.ok) throw new Error(first.detail);
});
afterAll(() => corridor.close());
/** Somebody new each time: three a day is per person. */
beforeEach(async () => {
  gil = await holder('Gil');
});

const reason = 'DB is being encrypted and nobody of soc answers the phone';

async function holder(name: string, roles = ['break-glass']): Promise<PersonId> {
  const id = await corridor.person(name, [], roles);
  await heldFor(id, '2 days');
  return id;
}

/** Only the database's owner can make time pass for the role. */
async function heldFor(id: PersonId, time: string): Promise<void> {
  await byOwner(
    'people',
    `update people set break_glass_since = clock_timestamp() - $2::interval where id = $1`,
    [id, time],
  );
}

async function byOwner(table: string, statement: string, values: unknown[]): Promise<void> {
  await corridor.database.owner.query(`alter table ${table} disable trigger user`);
  await corridor.database.owner.query(statement, values);
  await corridor.database.owner.query(`alter table ${table} enable trigger user`);
}

let alerts = 0;
async function ask(hostId = ws0117): Promise<Asked> {
  const known = new Set((await questions(corridor, 'pending')).map(({ id }) => id));
  await corridor.sendBody(hostAlert('two', `two-${alerts++}`, hostId));
  let asked: Asked | undefined;
  await until(async () => {
    asked = (await questions(corridor, 'pending')).find(({ id }) => !known.has(id));
    return asked !== undefined;
  });
  if (asked === undefined) throw new Error('nothing was asked');
  return asked;
}

function alone(
  asked: Asked,
  personId: PersonId | null,
  more: Partial<BreakGlassInput> = {},
  by = corridor.engine.advancer,
) {
  return breakGlass(corridor.engine.parts, by, {
    approvalId: asked.id,
    digest: asked.digest,
    reason,
    personId,
    actor: { kind: personId === null ? 'service' : 'person', id: personId ?? 'tok_1', channel: 'console' },
    requestId: 'test',
    signedInAtMs: Date.now(),
    ...more,
  });
}

function review(asked: Asked, personId: PersonId, more: Partial<ReviewInput> = {}) {
  return reviewBreakGlass(corridor.engine.parts, {
    approvalId: asked.id,
    finding: 'justified',
    comment: 'I was called at 3:10 and saw it',
    personId,
    actor: { kind: 'person', id: personId, channel: 'console' },
    requestId: 'test',
    ...more,
  });
}

const orders = (hostId = ws0117) => corridor.lab.estate.effect('network-isolated', `host:${hostId}`).orders;
const entriesOf = async (asked: Asked, type: string) =>
  (await corridor.story(asked.run_id)).filter((entry) => entry.type === type);
async function settle(asked: Asked): Promise<void> {
  await decide(corridor, asked, await corridor.person('Bo', ['soc']), 'deny');
  await corridor.rest();
}

it('decides for two others who are asked, also when kept apart, with a loud entry; an operator reviews it', async () => {
  const asked = await ask();
  await corridor.database.app.query(
    'update approvals set excluded = array_append(excluded, $2) where id = $1',
    [asked.id, gil],
  );
  expect(await alone(asked, gil)).toEqual({ ok: true, repeated: false });
  expect(await alone(asked, gil)).toEqual({ ok: true, repeated: true });
  await corridor.rest();
  expect(orders()).toBe(1);
  expect(await entriesOf(asked, 'approval.break-glass')).toMatchObject([
    { actor: { id: gil }, reason, data: { severity: 'critical', quorum: 2, excluded: true } },
  ]);
  expect(await entriesOf(asked, 'approval.granted')).toMatchObject([{ data: { by: [gil] } }]);

  const open = () =>
    corridor.database.app.query('select 1 from break_glass_reviews where approval_id = $1', [asked.id]);
  const both = await holder('Gus', ['break-glass', 'operator']);
  expect(await review(asked, gil)).toMatchObject({ ok: false, code: 'auth/forbidden' });
  expect(await review(asked, await corridor.person('Vic', [], ['approver']))).toMatchObject({ ok: false });
  expect(await review(asked, ada, { comment: ' ' })).toMatchObject({ code: 'approval/comment-required' });
  expect((await open()).rows).toEqual([]);
  expect(await review(asked, ada)).toEqual({ ok: true, repeated: false });
  expect(await review(asked, ada)).toEqual({ ok: true, repeated: true });
  expect(await review(asked, both)).toMatchObject({ ok: false, code: 'approval/already-decided' });
  expect(await entriesOf(asked, 'approval.break-glass-reviewed')).toMatchObject([
    { actor: { id: ada }, data: { finding: 'justified', of: gil } },
  ]);
});

it('nobody reviews themselves, whatever other roles they have', async () => {
  const both = await holder('Gus', ['break-glass', 'admin']);
  const asked = await ask();
  expect(await alone(asked, both)).toMatchObject({ ok: true });
  expect(await review(asked, both)).toMatchObject({ ok: false, code: 'approval/separation' });
  await corridor.rest();
});

it('a yes that was there before is kept, and is enough now', async () => {
  const asked = await ask();
  const bo = await corridor.person('Bo', ['soc'], ['approver', 'break-glass']);
  await heldFor(bo, '2 days');
  expect(await decide(corridor, asked, bo)).toMatchObject({ state: 'pending', votes: 1 });
  expect(await alone(asked, bo)).toMatchObject({ ok: true, repeated: false });
  await corridor.rest();
  expect((await questions(corridor)).find(({ id }) => id === asked.id)?.state).toBe('granted');
});

it('a stop holds it, and it falls with the role', async () => {
  const { parts } = corridor.engine;
  const before = orders(ws0244);
  const asked = await ask(ws0244);
  const stop = {
    scope: 'everything' as const,
    subject: '*',
    reason: 'drill',
    actor: testActor,
    personId: ada,
    requestId: 'test',
  };
  await setStop(parts, stop);
  expect(await alone(asked, gil)).toMatchObject({ ok: true });
  await until(async () => (await entriesOf(asked, 'action.held')).length > 0);
  expect(orders(ws0244)).toBe(before);
  // The role is taken away while it is held: the yes falls with it, and the people are asked after all.
  const door = { actor: testActor, requestId: 'test' };
  const context = { database: corridor.database.app, tenant: defaultTenant, mint: mintId };
  expect(await changePerson(context, door, gil, { roles: ['viewer'] })).toMatchObject({ ok: true });
  await clearAsSeen(parts, stop);
  await clearAsSeen(parts, { ...stop, personId: await corridor.person('Lou', [], ['operator']) });
  await until(async () => (await entriesOf(asked, 'approval.voided')).length > 0);
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  expect(orders(ws0244)).toBe(before);
  await settle(await onlyQuestion(corridor));
});

it('a log that is not to be trusted holds it as well', async () => {
  const before = orders(ws0244);
  const asked = await ask(ws0244);
  await corridor.database.owner.query(
    `insert into stops (tenant_id, scope, subject, active, reason) values ($1, 'audit', '*', true, 'fork')
     on conflict (tenant_id, scope, subject) do update set active = true`,
    [defaultTenant],
  );
  expect(await alone(asked, gil)).toMatchObject({ ok: true });
  await until(async () => (await entriesOf(asked, 'action.held')).length > 0);
  expect(orders(ws0244)).toBe(before);
  await corridor.database.owner.query(`update stops set active = false where scope = 'audit'`);
  await corridor.database.owner.query(
    `update deadlines set due_at = clock_timestamp() where kind = 'recheck'`,
  );
  await corridor.rest();
});

it.each<[string, (asked: Asked) => Promise<unknown>, string]>([
  [
    'a role of an hour ago',
    async (asked) => alone(asked, await young('1 hour')),
    'approval/break-glass-too-new',
  ],
  [
    'a role of almost a day ago',
    async (asked) => alone(asked, await young('23 hours 59 minutes')),
    'approval/break-glass-too-new',
  ],
  [
    'an administrator without the role',
    async (asked) => alone(asked, await corridor.person('Eve', ['soc'], ['admin'])),
    'auth/forbidden',
  ],
  ['a service', (asked) => alone(asked, null), 'approval/needs-person'],
  [
    'an old session',
    (asked) => alone(asked, gil, { signedInAtMs: Date.now() - 360_000 }),
    'auth/fresh-sign-in',
  ],
  ['a token', (asked) => alone(asked, gil, { signedInAtMs: null }), 'auth/fresh-sign-in'],
  [
    'a word for a reason',
    (asked) => alone(asked, gil, { reason: '   urgent            ' }),
    'approval/break-glass-reason',
  ],
  [
    'another digest',
    (asked) => alone(asked, gil, { digest: `sha256:${'0'.repeat(64)}` }),
    'approval/digest-mismatch',
  ],
])('%s does not do, and is written down', async (_what, attempt, code) => {
  const before = orders();
  const asked = await ask();
  expect(await attempt(asked)).toMatchObject({ ok: false, code });
  expect(await entriesOf(asked, 'approval.refused')).toMatchObject([{ code }]);
  await settle(asked);
  expect(orders()).toBe(before);
});

async function young(time: string): Promise<PersonId> {
  const id = await corridor.person('Yan', [], ['break-glass']);
  await heldFor(id, time);
  return id;
}

it('three a day, also of four at once through two processes; and none after a day without review', async () => {
  const other = createAdvancer(corridor.engine.parts);
  const four: Asked[] = [];
  for (let n = 0; n < 4; n++) four.push(await ask());
  const answers = await Promise.all(
    four.map((asked, n) => alone(asked, gil, {}, n % 2 === 0 ? corridor.engine.advancer : other)),
  );
  expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
  expect(answers.find(({ ok }) => !ok)).toMatchObject({ code: 'approval/break-glass-limit' });
  const left = four[answers.findIndex(({ ok }) => !ok)] as Asked;
  await byOwner('break_glass', `update break_glass set at = at - interval '25 hours' where person_id = $1`, [
    gil,
  ]);
  expect(await alone(left, gil)).toMatchObject({ ok: false, code: 'approval/break-glass-locked' });
  for (const asked of four) if (asked !== left) await review(asked, ada, { finding: 'not-justified' });
  expect(await alone(left, gil)).toMatchObject({ ok: true });
  await corridor.rest();
});

it('of it and a no in the same instant one is first, and the other is told', async () => {
  const other = createAdvancer(corridor.engine.parts);
  const bo = await corridor.person('Bo', ['soc']);
  for (let round = 0; round < 12; round++) {
    const asked = await ask();
    const who = await holder(`Gil ${round}`);
    const [yes, no] = await Promise.all([alone(asked, who, {}, other), decide(corridor, asked, bo, 'deny')]);
    expect([yes.ok, no.ok].toSorted()).toEqual([false, true]);
    expect(yes.ok ? no : yes).toMatchObject({ code: 'approval/already-decided' });
    const state = (await questions(corridor)).find(({ id }) => id === asked.id)?.state;
    expect(state).toBe(yes.ok ? 'granted' : 'denied');
  }
  await corridor.rest();
});

it('what guardrails forbid stays forbidden, from the moment they do', async () => {
  const { parts } = corridor.engine;
  const before = orders();
  const asked = await ask();
  const who = (personId: PersonId) => ({
    personId,
    actor: { kind: 'person', id: personId, channel: 'api' } as const,
    requestId: 'test',
  });
  const proposed = await publishGuardrails(parts, {
    ...who(ada),
    file: 'guardrails.yaml',
    version: 1,
    source: `kind: guardrails/v1
protected:
  - { id: all, match: "true", classes: [contain], effect: deny, reason: Nothing is contained today }
`,
  });
  if (!proposed.ok) throw new Error(proposed.detail);
  const second = await corridor.person('Lou', [], ['operator']);
  expect(await confirmGuardrails(parts, { ...who(second), digest: proposed.digest })).toMatchObject({
    ok: true,
  });
  expect(await alone(asked, gil)).toMatchObject({ ok: true });
  await corridor.rest();
  expect(await entriesOf(asked, 'guard.denied')).toMatchObject([{ step: asked.step_path }]);
  expect(orders()).toBe(before);
});
