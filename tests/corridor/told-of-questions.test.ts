import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { breakGlass } from '../../engine/runtime/break-glass.ts';
import { keepNotices } from '../../engine/runtime/outward/keep-notices.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { setPause } from '../../engine/runtime/set-pause.ts';
import { defaultTenant, type PersonId } from '../../schemas/ids.ts';
import { openCorridor } from '../support/corridor.ts';
import { liftAsSeen } from '../support/lift-as-seen.ts';
import { headerOf, openMailRelay, textOf } from '../support/mail-relay.ts';
import { noticeParts } from '../support/notices.ts';
import {
  type Asked,
  decide,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  questions,
  until,
  ws0244,
} from './questions.ts';

/* Whoever a playbook names under `notify` hears of its questions: over the lab's chat and a real mail server. */

const relay = await openMailRelay();
const corridor = await openCorridor({ playbooks: [], connections: [relay.connection()] });
const { database, lab } = corridor;
const parts = noticeParts(database.app, lab.url, [relay.connection()]);
const read = openRead(database.app);
const bo = await corridor.person('Bo', ['soc']);
afterAll(async () => {
  await parts.close();
  await corridor.close();
  await relay.close();
});
beforeEach(() => {
  relay.taken.length = 0;
  relay.refuses.clear();
});
afterEach(async () => {
  for (const asked of await questions(corridor, 'pending')) await decide(corridor, asked, bo, 'deny');
  await corridor.rest();
  await dueNow();
  while ((await keepNotices(parts)) > 0);
});

let asks = 0;
async function ask(
  notify: string,
  { mode = 'enforce', more = '', title = 'Something happened' } = {},
): Promise<Asked> {
  const id = `asks-${++asks}`;
  const approval = `    approval: { approvers: [group:soc], expires: 1h, why: "\${{ alert.title }}", notify: ${notify}${more} }\n`;
  const text = madePlaybook(id, `${lookStep}${isolateStep}${approval}`, '', mode)
    .replace('  - id: by_hand\n    type: manual\n    targets: [host]\n', '')
    .replace('      by_hand: ${{ target.id }}\n', '');
  await corridor.publish(text);
  await corridor.sendBody({ ...hostAlert(id, id, ws0244), title });
  if (mode === 'audit') return undefined as never;
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

const noticesOf = async ({ id }: Asked) => (await read.readApproval(defaultTenant, id))?.notices ?? [];
const posts = () => lab.estate.messages() as { channel: string; text: string; card: unknown }[];
const dueNow = () =>
  database.owner.query("update notices set next_try_at = clock_timestamp() where state = 'due'");
const told = async (asked: Asked) =>
  (await corridor.story(asked.run_id)).filter(({ type }) => /^approval\.(not-)?told$/.test(type));

it('a question is told in the chat and by mail, with all that a tired person needs and a link that only opens', async () => {
  const before = posts().length;
  const asked = await ask('[chat:soc-approvals, mail:soc-tier2@example.test]');
  expect((await noticesOf(asked)).map(({ state }) => state)).toEqual(['due', 'due']);
  expect(await keepNotices(parts)).toBe(2);

  const [post, ...more] = posts().slice(before);
  expect(more).toEqual([]);
  expect(post?.channel).toBe('soc-approvals');
  const [mail] = relay.taken;
  expect(mail?.to).toEqual(['soc-tier2@example.test']);
  expect(headerOf(mail?.raw ?? '', 'auto-submitted')).toBe('auto-generated');
  expect(headerOf(mail?.raw ?? '', 'content-type')).toMatch(/^text\/plain/);
  const text = textOf(mail?.raw ?? '');
  expect(text).toMatch(/Question: /);
  expect(text).toContain('Why: Something happened');
  expect(text).toMatch(/Target: host \S+ \(f755b9434285cf0ab91f6a9916b573afcdf80d4b\)/);
  expect(text).toMatch(/Expires: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. Silence is a no\./);
  const link = /https:\/\/riposte\.example\/n\/(\S+)/.exec(text)?.[1] ?? '';
  expect(await parts.links.open(link, Date.now())).toEqual({
    ok: true,
    approvalId: asked.id,
    personId: null,
  });
  const { actions } = (post?.card ?? {}) as { actions: { type: string; url: string }[] };
  expect(actions).toMatchObject([{ type: 'Action.OpenUrl' }]);
  expect(actions[0]?.url).toMatch(/^https:\/\/riposte\.example\/n\/apr_/);

  expect(await noticesOf(asked)).toMatchObject([
    { occasion: 'asked', destination: 'chat:soc-approvals', state: 'told', tries: 1, error: null },
    { occasion: 'asked', destination: 'mail:soc-tier2@example.test', state: 'told', tries: 1, error: null },
  ]);
  expect(await told(asked)).toMatchObject([
    { type: 'approval.told', data: { destination: expect.any(String), occasion: 'asked' } },
    { type: 'approval.told' },
  ]);
  expect(await keepNotices(parts)).toBe(0);
  await decide(corridor, asked, bo, 'deny');
  await keepNotices(parts);
  expect(posts()).toHaveLength(before + 1);
});

it('who reminds and who escalates tells again; what is decided alone is told as well, although it is closed', async () => {
  const asked = await ask('[chat:soc-approvals]', {
    more: ', escalate: [{ after: 10m, to: [group:ir] }]',
  });
  const due = (kind: string) =>
    database.app.query(
      'update deadlines set due_at = clock_timestamp() where run_id = $1 and kind = $2 and seq = (select min(seq) from deadlines where run_id = $1 and kind = $2)',
      [asked.run_id, kind],
    );
  await due('reminder');
  await until(async () => (await noticesOf(asked)).length === 2);
  await due('escalation');
  await until(async () => (await noticesOf(asked)).length === 3);
  const gil = await glassHolder();
  const broken = await breakGlass(corridor.engine.parts, corridor.engine.advancer, {
    approvalId: asked.id,
    digest: asked.digest,
    reason: 'Nobody of the others answers the telephone',
    personId: gil,
    actor: { kind: 'person', id: gil, channel: 'console' },
    requestId: 'test',
    signedInAtMs: Date.now(),
  });
  expect(broken).toMatchObject({ ok: true });
  await corridor.rest();
  const before = posts().length;
  while ((await keepNotices(parts)) > 0);
  // The first three invite to a question that is closed by now.
  expect((await noticesOf(asked)).map(({ occasion, state }) => `${occasion} ${state}`)).toEqual([
    'asked dropped',
    'reminded dropped',
    'escalated dropped',
    'break-glass told',
  ]);
  expect(posts().slice(before)).toHaveLength(1);
  expect(posts().at(-1)?.text).toContain('Decided alone');
  expect(posts().at(-1)?.text).not.toContain('Expires');
});

it('text of an alert stays text: no line of its own, no header, no markup, no address to click on', async () => {
  const title =
    'Paid\r\nBcc: all@example.test\nExpires: never [click](https://evil.example/n/x) <b>www.evil.example</b> \u202edetrevni';
  const before = posts().length;
  await ask('[chat:soc-approvals, mail:soc-tier2@example.test]', { title });
  await keepNotices(parts);
  const mail = relay.taken[0]?.raw ?? '';
  expect(relay.taken[0]?.to).toEqual(['soc-tier2@example.test']);
  expect(headerOf(mail, 'bcc')).toBe('');
  const text = textOf(mail);
  expect(text.match(/^Expires:/gm)).toHaveLength(1);
  expect(text).not.toMatch(/evil\.example\/n|https:\/\/evil|\bwww\.|\u202e/);
  expect(text.match(/https?:\/\/\S+/g)).toHaveLength(1);
  const post = posts().slice(before)[0]?.text ?? '';
  // Escaped for the Markdown that a card reads.
  expect(post).toContain('\\[click\\]');
  expect(post).toContain('\\<b\\>');
  expect(post).not.toMatch(/https:\/\/evil/);
});

describe('what goes wrong', () => {
  it('a destination that does not exist is said at once and for good, and holds up no other', async () => {
    const asked = await ask('[chat:nobody-here, chat:soc-approvals]');
    const before = posts().length;
    expect(await keepNotices(parts)).toBe(2);
    expect(posts()).toHaveLength(before + 1);
    expect(await noticesOf(asked)).toMatchObject([
      { state: 'failed', tries: 1, error: expect.stringContaining('chat webhook') },
      { state: 'told' },
    ]);
    expect((await told(asked)).filter(({ type }) => type === 'approval.not-told')).toMatchObject([
      { code: 'approval/not-told', data: { destination: 'chat:nobody-here', state: 'failed' } },
    ]);
  });

  it('what may pass is tried again, in order, until it is told; it is written once that it failed', async () => {
    const address = 'soc-tier2@example.test';
    relay.refuses.set(address, { code: 451, words: 'come back later' });
    const asked = await ask(`[mail:${address}]`, { more: ', escalate: [{ after: 10m, to: [group:ir] }]' });
    await database.app.query(
      `update deadlines set due_at = clock_timestamp() where run_id = $1 and kind = 'escalation'`,
      [asked.run_id],
    );
    await until(async () => (await noticesOf(asked)).length === 2);
    for (let tries = 1; tries <= 3; tries++) {
      expect(await keepNotices(parts)).toBe(0);
      expect(await noticesOf(asked)).toMatchObject([
        { occasion: 'asked', state: 'due', tries, error: expect.stringContaining('come back later') },
        { occasion: 'escalated', state: 'due', tries: 0 },
      ]);
      await dueNow();
    }
    expect((await told(asked)).map(({ type }) => type)).toEqual(['approval.not-told']);
    relay.refuses.clear();
    expect(await keepNotices(parts)).toBe(2);
    expect(relay.taken.map(({ raw }) => headerOf(raw, 'subject').split(':')[0])).toEqual([
      'Approval',
      'Escalated',
    ]);
    expect((await told(asked)).map(({ type }) => type)).toEqual([
      'approval.not-told',
      'approval.told',
      'approval.told',
    ]);
  });

  it('an address that the relay refuses for good is not tried again', async () => {
    relay.refuses.set('gone@example.test', { code: 550, words: 'no such mailbox' });
    const asked = await ask('[mail:gone@example.test]');
    expect(await keepNotices(parts)).toBe(1);
    expect(await noticesOf(asked)).toMatchObject([
      { state: 'failed', error: expect.stringContaining('no such mailbox') },
    ]);
  });

  it('a connection that was taken away since is a failure that everybody sees', async () => {
    const asked = await ask('[mail:soc-tier2@example.test]');
    const without = noticeParts(database.app, lab.url);
    await keepNotices(without);
    await without.close();
    expect(await noticesOf(asked)).toMatchObject([
      { state: 'failed', error: 'no connection of the system "smtp" is configured' },
    ]);
  });

  it('a secret never goes over a plain line', async () => {
    const asked = await ask('[mail:soc-tier2@example.test]');
    const careless = noticeParts(database.app, lab.url, [
      relay.connection({ user: 'riposte' }, { password: 'hunter2-hunter2' }),
    ]);
    await keepNotices(careless);
    await careless.close();
    expect(relay.taken).toEqual([]);
    expect(await noticesOf(asked)).toMatchObject([
      { state: 'failed', error: expect.stringContaining('plain line') },
    ]);
    expect(JSON.stringify([await noticesOf(asked), await corridor.story()])).not.toContain('hunter2');
  });
});

it('a question that was closed first is not told of', async () => {
  const asked = await ask('[chat:soc-approvals]');
  await decide(corridor, asked, bo, 'deny');
  await corridor.rest();
  const before = posts().length;
  await keepNotices(parts);
  expect(posts()).toHaveLength(before);
  expect(await noticesOf(asked)).toMatchObject([{ state: 'dropped' }]);
  expect(await told(asked)).toMatchObject([
    { type: 'approval.not-told', reason: 'the question was closed before it could be told' },
  ]);
});

it('during a pause nobody is told, and everybody after it', async () => {
  const asked = await ask('[chat:soc-approvals]');
  const [ann, kim] = [
    await corridor.person('Ann', [], ['admin']),
    await corridor.person('Kim', [], ['admin']),
  ];
  const by = (id: PersonId) => ({
    actor: { kind: 'person', id, channel: 'api' } as const,
    personId: id,
    requestId: 'test',
  });
  await setPause(corridor.engine.parts, { reason: 'the mail system moves', ...by(ann) } as never);
  expect(await keepNotices(parts)).toBe(0);
  expect(await noticesOf(asked)).toMatchObject([{ state: 'due', tries: 0 }]);
  for (const who of [ann, kim])
    await liftAsSeen(corridor.engine.parts, { reason: 'it has moved', ...by(who) } as never);
  expect(await keepNotices(parts)).toBe(1);
  expect(await noticesOf(asked)).toMatchObject([{ state: 'told' }]);
});

it('in audit mode nobody is asked and nobody is told', async () => {
  const count = async () => (await database.owner.query('select 1 from notices')).rows.length;
  const before = await count();
  await ask('[chat:soc-approvals]', { mode: 'audit' });
  await corridor.rest();
  await until(async () => (await corridor.story()).some(({ type }) => type === 'approval.not-asked'));
  expect(await count()).toBe(before);
});

it('two workers at once tell it once', async () => {
  const asked = await ask('[chat:soc-approvals, chat:soc-urgent, mail:soc-tier2@example.test]');
  const before = posts().length;
  await Promise.all([keepNotices(parts), keepNotices(parts), keepNotices(parts)]);
  expect(posts()).toHaveLength(before + 2);
  expect(relay.taken).toHaveLength(1);
  expect(await told(asked)).toHaveLength(3);
});

it('a notice that was settled stays as it is, and none goes away', async () => {
  for (const statement of [
    "update notices set state = 'due', settled_at = null where state = 'told'",
    "update notices set destination = 'chat:elsewhere'",
  ])
    await expect(database.owner.query(statement)).rejects.toThrow(/settled/);
  await expect(database.owner.query('delete from notices')).rejects.toThrow(/append-only/);
});

async function glassHolder(): Promise<PersonId> {
  const id = await corridor.person('Gil', [], ['break-glass']);
  // Only the database's owner can make time pass for the role.
  await database.owner.query('alter table people disable trigger user');
  await database.owner.query(
    `update people set break_glass_since = clock_timestamp() - interval '2 days' where id = $1`,
    [id],
  );
  await database.owner.query('alter table people enable trigger user');
  return id;
}
