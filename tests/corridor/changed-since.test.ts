import { afterAll, beforeAll, expect, it } from 'vitest';
import { foundDigest } from '../../engine/core/undo/found-digest.ts';
import { leaveAsIs } from '../../engine/runtime/leave-as-is.ts';
import { undoRecord } from '../../engine/runtime/undo-record.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId, UndoId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { call, graphScope, mdeScope, tokenFor } from '../lab/lab-client.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { makeDue } from '../support/make-due.ts';
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

/*
 * Somebody changes the target behind Riposte's back between an action and its undo: what they did is not
 * overwritten. Real store, real HTTP to the lab; the other hand is a client of the lab of its own.
 */

let corridor: Corridor;
let bo: PersonId;
let eva: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  bo = await corridor.person('Bo', ['soc']);
  eva = await corridor.person('Eva', ['soc']);
  const mail = corridor.lab.estate.state().mails.find(({ place }) => place === 'inbox');
  if (mail === undefined) throw new Error('the estate has no mail in an inbox');
  copy = { id: mail.id, mailbox: mail.recipient };
  const selective = isolateStep.replace('scope: full', 'scope: selective');
  const quarantine = `message_id: "${copy.id}", mailbox: "${copy.mailbox}"`;
  const steps = {
    one: `${isolateStep}    lease: 72h\n`,
    light: `${selective}    lease: 72h\n`,
    account: act('directory.disable-user', `user_id: "${tom}"`),
    risk: act('directory.confirm-compromised', `user_id: "${tom}"`),
    mail: act('mail.quarantine-message', quarantine),
  };
  for (const [id, text] of Object.entries(steps)) await corridor.publish(madePlaybook(id, text));
});
afterAll(() => corridor.close());

let copy: { id: string; mailbox: string };

const act = (action: string, given: string) => `  - id: act
    action: ${action}
    with: { ${given} }
    lease: 72h
`;

const isolation = (host: string) => corridor.lab.estate.host(host).isolation;

async function runOf(playbookId: string, sourceId: string, host: string): Promise<RunId> {
  await corridor.sendBody(hostAlert(playbookId, sourceId, host));
  await corridor.rest();
  const run = (await corridor.runs()).findLast((each) => each.playbook_id === playbookId);
  if (run === undefined) throw new Error(`no run of ${playbookId}`);
  return run.id as RunId;
}

async function takeBack(runId: RunId): Promise<string | undefined> {
  const answer = await undoRun(corridor.engine.parts, {
    runId,
    steps: null,
    reason: 'It was nothing',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(answer).toMatchObject({ ok: true });
  await corridor.rest();
  return stateOf(runId);
}

interface Left {
  id: UndoId;
  state: string;
  failure: { code: string } | null;
  expected: object | null;
  found: JsonObject | null;
}

async function recordOf(runId: RunId): Promise<Left> {
  const { rows } = await corridor.database.owner.query<Left>(
    'select id, state, failure, expected, found from undo_records where run_id = $1 order by seq desc limit 1',
    [runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('nothing was recorded');
  return row;
}

const stateOf = async (runId: RunId) => (await corridor.runs()).find((each) => each.id === runId)?.state;

const asPerson = (personId: PersonId, reason: string) => ({
  reason,
  actor: { kind: 'person' as const, id: personId, channel: 'api' as const },
  personId,
  requestId: 'test',
});

const retry = (recordId: UndoId, overwrite: string | null = null) =>
  undoRecord(corridor.engine.parts, { recordId, overwrite, ...asPerson(bo, 'I looked at it') });

async function graph(method: string, path: string, body: object): Promise<void> {
  const token = await tokenFor(corridor.lab, graphScope);
  const { status } = await call(`${corridor.lab.url}/graph/v1.0${path}`, { method, token, body });
  expect(status).toBeLessThan(300);
}

async function byHand(host: string, operation: 'isolate' | 'unisolate'): Promise<void> {
  const token = await tokenFor(corridor.lab, mdeScope);
  const body = { Comment: 'by hand', ...(operation === 'isolate' && { IsolationType: 'Full' }) };
  const url = `${corridor.lab.url}/mde/api/machines/${host}/${operation}`;
  expect((await call(url, { method: 'POST', token, body })).status).toBeLessThan(300);
  await expect.poll(() => isolation(host)).toBe(operation === 'isolate' ? 'Full' : 'none');
}

it('an untouched target is looked at and taken back, and the entry says so', async () => {
  const run = await runOf('one', 'untouched-1', ws0117);
  expect(await takeBack(run)).toBe('undone');
  expect(isolation(ws0117)).toBe('none');
  const told = (await corridor.story(run)).filter((entry) => entry.type === 'undo.settled');
  expect(told).toMatchObject([{ data: { outcome: 'undone', looked: 'as-left' } }]);
});

it('a host that somebody released and isolated anew stays isolated: that was not our doing', async () => {
  const run = await runOf('one', 'anew-1', ws0117);
  await byHand(ws0117, 'unisolate');
  await byHand(ws0117, 'isolate');
  expect(await takeBack(run)).toBe('undo-incomplete');
  expect(isolation(ws0117)).toBe('Full');
  expect(await recordOf(run)).toMatchObject({
    state: 'changed-since',
    failure: { code: 'undo/changed-since' },
    expected: { state: 'present' },
    found: { state: 'present' },
  });
  expect((await corridor.story(run)).filter((entry) => entry.type === 'undo.target-changed')).toMatchObject([
    { code: 'undo/changed-since', outcome: 'denied', targets: [{ id: ws0117 }] },
  ]);
});

it('tried again it is looked at again; ordered knowingly people see what was found, and then it goes out', async () => {
  const run = (await corridor.runs()).at(-1)?.id as RunId;
  const { id } = await recordOf(run);
  expect(await retry(id)).toEqual({ ok: true, runId: run });
  await corridor.rest();
  const { state, found } = await recordOf(run);
  expect([state, isolation(ws0117)]).toEqual(['changed-since', 'Full']);
  expect(await retry(id, foundDigest({ state: 'absent' }))).toMatchObject({ code: 'request/conflict' });
  const digest = foundDigest(found ?? {});
  expect(await retry(id, digest)).toEqual({ ok: true, runId: run });
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  const asked = await onlyQuestion(corridor);
  const { rows } = await corridor.database.owner.query<{ plan: Buffer }>(
    'select plan from approvals where id = $1',
    [asked.id],
  );
  expect(JSON.parse(String(rows[0]?.plan))).toMatchObject({ action: 'edr.release-host', found });
  expect(JSON.stringify(asked.card)).toContain('the target was changed since');
  expect(isolation(ws0117)).toBe('Full');
  expect(await decide(corridor, asked, bo)).toMatchObject({ code: 'approval/separation' });
  expect(await decide(corridor, asked, eva)).toMatchObject({ ok: true });
  await corridor.rest();
  expect([await stateOf(run), isolation(ws0117)]).toEqual(['undone', 'none']);
});

it('what people said yes to is the state they saw: changed again meanwhile, nothing goes out', async () => {
  const run = await runOf('one', 'again-1', ws0117);
  await byHand(ws0117, 'unisolate');
  await byHand(ws0117, 'isolate');
  await takeBack(run);
  const { id, found } = await recordOf(run);
  await retry(id, foundDigest(found ?? {}));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  await byHand(ws0117, 'unisolate');
  await byHand(ws0117, 'isolate');
  expect(await decide(corridor, await onlyQuestion(corridor), eva)).toMatchObject({ ok: true });
  await corridor.rest();
  expect([await stateOf(run), isolation(ws0117)]).toEqual(['undo-incomplete', 'Full']);
  expect((await recordOf(run)).found).not.toEqual(found);
  await byHand(ws0117, 'unisolate');
});

it('a host that somebody has released is left so; accepted with a reason its record is closed', async () => {
  const run = await runOf('one', 'released-1', ws0117);
  await byHand(ws0117, 'unisolate');
  const sent = corridor.lab.estate.calls().length;
  expect(await takeBack(run)).toBe('undo-incomplete');
  expect(
    corridor.lab.estate
      .calls()
      .slice(sent)
      .map(({ method }) => method),
  ).not.toContain('PATCH');
  const { id, state, found } = await recordOf(run);
  expect(state).toBe('changed-since');
  expect(found).toMatchObject({ state: 'absent', order: 'Unisolate' });
  const accept = { recordId: id, ...asPerson(bo, 'Released by the network team') };
  expect(await leaveAsIs(corridor.engine.parts, accept)).toEqual({ ok: true, runState: 'undone' });
  expect(await leaveAsIs(corridor.engine.parts, accept)).toMatchObject({ code: 'request/conflict' });
  expect((await recordOf(run)).state).toBe('left-as-is');
  expect((await corridor.story(run)).filter((entry) => entry.type === 'undo.left-as-is')).toMatchObject([
    { outcome: 'success', reason: 'Released by the network team', data: { record: id, found } },
    { outcome: 'denied', code: 'request/conflict' },
  ]);
  expect(await retry(id)).toMatchObject({ ok: false, code: 'undo/nothing-left' });
});

it('an isolation that another run of ours made stronger is ours all the same', async () => {
  const light = await runOf('light', 'light-1', ws0244);
  const full = await runOf('one', 'full-1', ws0244);
  expect(isolation(ws0244)).toBe('Full');
  expect(await takeBack(full)).toBe('undone');
  expect(isolation(ws0244)).toBe('Full');
  expect(await takeBack(light)).toBe('undone');
  expect(isolation(ws0244)).toBe('none');
});

it('an account that somebody has enabled, and a mail that somebody has moved, stay as they are', async () => {
  const account = await runOf('account', 'account-1', ws0117);
  expect(corridor.lab.estate.user(tom).accountEnabled).toBe(false);
  await graph('PATCH', `/users/${tom}`, { accountEnabled: true });
  expect(await takeBack(account)).toBe('undo-incomplete');
  expect((await recordOf(account)).found).toEqual({ state: 'absent', enabled: true });
  const mail = await runOf('mail', 'mail-1', ws0117);
  expect(corridor.lab.estate.mail(copy.id).place).toBe('quarantine');
  await graph('POST', '/security/collaboration/analyzedEmails/remediate', {
    displayName: 'by hand',
    description: 'It was fine',
    severity: 'low',
    action: 'moveToInbox',
    remediateSendersCopy: false,
    analyzedEmails: [{ id: copy.id }],
  });
  await expect.poll(() => corridor.lab.estate.mail(copy.id).place).toBe('inbox');
  expect(await takeBack(mail)).toBe('undo-incomplete');
  expect((await recordOf(mail)).found).toEqual({ state: 'absent', location: 'inbox' });
});

it('a risk that somebody has judged again since is not judged over', async () => {
  const run = await runOf('risk', 'risk-1', ws0117);
  await graph('POST', '/identityProtection/riskyUsers/dismiss', { userIds: [tom] });
  expect(
    await undoRun(corridor.engine.parts, { runId: run, steps: null, ...asPerson(bo, 'It was nothing') }),
  ).toMatchObject({ ok: true });
  // Nobody knows whether somebody had confirmed the risk before, so people are asked as ever.
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  await decide(corridor, await onlyQuestion(corridor), eva);
  await corridor.rest();
  expect(await recordOf(run)).toMatchObject({
    state: 'changed-since',
    found: { state: 'absent', risk_state: 'dismissed', risk_level: 'none' },
  });
});

it('a target that does not say what it shows is not guessed about: nothing is sent, and it says so', async () => {
  const run = await runOf('account', 'unread-1', ws0117);
  corridor.lab.estate.addFault({
    method: 'GET',
    path: `/graph/v1.0/users/*`,
    times: null,
    does: { kind: 'fail-before', status: 503 },
  });
  const writes = () => corridor.lab.estate.calls().filter(({ method }) => method === 'PATCH').length;
  const before = writes();
  await undoRun(corridor.engine.parts, { runId: run, steps: null, ...asPerson(bo, 'It was nothing') });
  await until(async () => {
    await makeDue(corridor.database.owner, 'delay');
    return (await stateOf(run)) === 'undo-incomplete';
  });
  corridor.lab.estate.clearFaults();
  expect(writes()).toBe(before);
  const { id, state, failure, found } = await recordOf(run);
  expect([state, failure?.code, found]).toEqual([
    'undo-failed',
    'undo/cannot-tell',
    { state: 'cannot-tell' },
  ]);
  expect(await retry(id)).toMatchObject({ ok: true });
  await corridor.rest();
  expect([await stateOf(run), corridor.lab.estate.user(tom).accountEnabled]).toEqual(['undone', true]);
});

it('a refusal is written as well: of a run without anything left, and of one that is not there', async () => {
  const [run] = await corridor.runs();
  const ask = (runId: RunId) =>
    undoRun(corridor.engine.parts, { runId, steps: null, ...asPerson(bo, 'Once more') });
  expect(await ask(run?.id as RunId)).toMatchObject({ code: 'undo/nothing-left' });
  expect(await ask('run_nowhere' as RunId)).toMatchObject({ code: 'request/not-found' });
  expect(await retry('und_nowhere' as UndoId)).toMatchObject({ code: 'request/not-found' });
  const refused = (await corridor.story()).filter(
    (entry) => entry.type === 'run.undo-requested' && entry.code !== undefined,
  );
  expect(refused.slice(-3)).toMatchObject([
    { outcome: 'denied', code: 'undo/nothing-left' },
    { outcome: 'denied', code: 'request/not-found', data: { run: 'run_nowhere' } },
    { outcome: 'denied', code: 'request/not-found', data: { record: 'und_nowhere' } },
  ]);
});
