import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { ownVersion } from '../../api/process/own-version.ts';
import { parseRequirement } from '../../engine/core/cases/case-requirement.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { playsWith } from '../../engine/runtime/plays-with.ts';
import { madePlaybook } from '../corridor/questions.ts';
import { openMatching, ownAlert } from '../match/open-matching.ts';
import { useCasesOf } from '../support/corridor-doors.ts';
import { startApi } from './start-api.ts';

/* Cases are published with a version, played by the server, kept and asked for, with a real engine behind it. */

const at = await openMatching();
const { owner } = at.database;
const installed = playsWith(ownVersion(), manifestsOf(createRegistry()));
const api = await startApi({ useCases: useCasesOf(at), installed }, undefined, at.database);
const strict = await startApi(
  { useCases: useCasesOf(at, parseRequirement('branches=100')), installed },
  undefined,
  at.database,
);
let operator = '';
let second = '';
let viewer = '';

beforeAll(async () => {
  operator = (await api.person('opal', ['operator'])).token;
  second = (await api.person('otto', ['operator'])).token;
  viewer = (await api.person('vic', ['viewer'])).token;
});

const tell = `  - id: tell
    if: inputs.host_id == "H1"
    action: chat.post-message
    with: { channel: soc, text: It is the server. }
`;
const playbook = (id: string, version = '1.0.0', more = '') =>
  madePlaybook(id, tell + more).replace('version: 1.0.0', `version: ${version}`);
const told = `  - name: the channel hears of the server
    given: { alert: { file: server.json }, actions: { chat.post-message: {} } }
    expect: { run: succeeded, performed: [{ action: chat.post-message }] }
`;
const untold = `  - name: and of nothing else
    given: { target: { id: H2 } }
    expect: { run: succeeded, performed: [] }
`;
const wrong = untold.replace('performed: []', 'performed: [{ action: chat.post-message }]');
const cases = (id: string, ...each: string[]) => ({
  source: `kind: cases/v1\nplaybook: ./${id}.yaml\ncases:\n${each.join('')}`,
  files: { 'server.json': JSON.stringify(ownAlert('a', { category: id })) },
});
const versions = (id: string) => `/v1/playbooks/${id}/versions`;
const publish = (id: string, body: object, token = operator, to = api) =>
  to.call('PUT', versions(id), { token, body: { source: playbook(id), ...body } });
const get = (path: string, token = viewer) => api.call('GET', path, { token });
const entriesOf = async (type: string) => (await api.entries()).filter((each) => each.type === type);

describe('cases', () => {
  test('come with a version, are played, and are read byte for byte', async () => {
    const sent = cases('with', told, untold);
    const answer = await publish('with', { cases: sent });
    const sha256 = createHash('sha256').update(sent.source).digest('hex');
    expect(answer.body).toMatchObject({
      publishedVersion: 1,
      cases: { number: 1, sha256, unchanged: false, counts: { passed: 2, failed: 0, toRecord: 0 } },
    });
    const { body } = await get(`${versions('with')}/1/cases`);
    expect(body).toMatchObject({
      publishedVersion: 1,
      number: 1,
      sha256,
      publishedBy: 'opal',
      old: false,
      playedWith: installed,
      cases: [{ name: 'the channel hears of the server', line: 4, verdict: 'passed', reasons: [] }, {}],
      coverage: { groups: { branches: { covered: 2, total: 2 } } },
      permissions: [],
    });
    const raw = await fetch(`${api.url}${versions('with')}/1/cases/source`, {
      headers: { authorization: `Bearer ${viewer}` },
    });
    expect(await raw.text()).toBe(sent.source);
    expect(raw.headers.get('etag')).toBe(`"sha256:${sha256}"`);
    const [published] = await entriesOf('playbook.published');
    const [entry] = await entriesOf('playbook.cases-published');
    expect(entry?.entry).toMatchObject({
      playbook: published?.entry.playbook,
      data: { number: 1, cases: 1, sha256, passed: 2, failed: 0, branches: '2/2' },
    });
  });

  test('do not change the digest of the version', async () => {
    const without = await publish('plain', {});
    const later = await publish('plain', { cases: cases('plain', told) });
    expect(later.body).toMatchObject({
      digest: without.body.digest,
      publishedVersion: 1,
      unchanged: true,
      cases: { number: 1, unchanged: false, groups: { branches: { covered: 1, total: 2 } } },
    });
    expect(without.body.cases).toBeNull();
  });

  test('say what failed, where and why, and are published all the same where nobody demands them', async () => {
    const answer = await publish('failing', { cases: cases('failing', told, wrong) });
    expect(answer.status).toBe(200);
    const { body } = await get(`${versions('failing')}/1/cases`);
    expect(body.counts).toEqual({ passed: 1, failed: 1, toRecord: 0 });
    expect(body.cases[1]).toMatchObject({
      verdict: 'failed',
      reasons: [{ code: 'case/not-met', line: 9, message: expect.stringContaining('chat.post-message') }],
    });
  });

  test('of the same version again: others are numbered on, the same are nothing new, earlier ones stay', async () => {
    await publish('again', { cases: cases('again', told) });
    const others = await publish('again', { cases: cases('again', told, untold) }, second);
    expect(others.body.cases).toMatchObject({ number: 2, unchanged: false });
    const same = await publish('again', { cases: cases('again', told, untold) });
    expect(same.body.cases).toMatchObject({ number: 2, unchanged: true });
    const newest = await get(`${versions('again')}/1/cases`);
    expect(newest.body).toMatchObject({
      number: 2,
      publishedBy: 'otto',
      published: [{ number: 2 }, { number: 1 }],
    });
    const first = await get(`${versions('again')}/1/cases?number=1`);
    expect(first.body).toMatchObject({ number: 1, publishedBy: 'opal', counts: { passed: 1 } });
    expect((await get(`${versions('again')}/1/cases?number=3`)).status).toBe(404);
  });

  test('of two people who publish at once are both kept, one after the other', async () => {
    await publish('race', {});
    const answers = await Promise.all([
      publish('race', { cases: cases('race', told) }),
      publish('race', { cases: cases('race', untold) }, second),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(({ body }) => body.cases.number).toSorted()).toEqual([1, 2]);
  });

  test('that are not there are said to be missing, with what to do', async () => {
    await publish('none', {});
    const answer = await get(`${versions('none')}/1/cases`);
    expect(answer).toMatchObject({
      status: 404,
      body: { code: 'request/not-found', detail: expect.stringContaining('Publish it once more') },
    });
  });

  test('cannot be changed by the process that keeps them', async () => {
    const change = (column: string) => at.database.app.query(`update playbook_cases set ${column} = '{}'`);
    await expect(change('source')).rejects.toThrow(/permission denied/);
    await expect(change('files')).rejects.toThrow(/permission denied/);
    await expect(at.database.app.query('delete from playbook_cases')).rejects.toThrow(/permission denied/);
  });
});

describe('an old result', () => {
  const play = (token: string, id = 'aged') => api.call('POST', `${versions(id)}/1/cases/play`, { token });

  test('is said to be old, and played again by whoever may check', async () => {
    await publish('aged', { cases: cases('aged', told, untold) });
    await owner.query(`update playbook_cases set played_with = '{"engine":"0.0.1","compiler":2,"catalogue":"x"}',
      result = jsonb_set(result::jsonb, '{counts,passed}', '0') where playbook_id = 'aged'`);
    expect((await get(`${versions('aged')}/1/cases`)).body).toMatchObject({
      old: true,
      counts: { passed: 0 },
    });
    expect((await play(viewer)).status).toBe(403);
    const played = await play(second);
    expect(played).toMatchObject({
      status: 200,
      body: { old: false, number: 1, playedBy: 'otto', publishedBy: 'opal', counts: { passed: 2 } },
    });
    expect(await entriesOf('playbook.cases-played')).toHaveLength(1);
  });

  test('is made anew by publishing the same files again, and the log says so', async () => {
    const sent = { cases: cases('renewed', told) };
    await publish('renewed', sent);
    await owner.query(
      `update playbook_cases set played_with = '{"engine":"0.0.1","compiler":2,"catalogue":"x"}' where playbook_id = 'renewed'`,
    );
    const again = await publish('renewed', sent, second);
    expect(again.body.cases).toMatchObject({ number: 1, unchanged: true });
    const kept = await get(`${versions('renewed')}/1/cases`);
    expect(kept.body).toMatchObject({ number: 1, old: false, publishedBy: 'opal', playedBy: 'otto' });
    expect((await entriesOf('playbook.cases-played')).at(-1)?.entry).toMatchObject({
      playbook: { id: 'renewed' },
      data: { cases: 1, passed: 1 },
    });
  });

  test('of a plan of another compiler stays, and the answer says what to do', async () => {
    await publish('foreign', { cases: cases('foreign', told) });
    await owner.query(`update playbook_versions set plan = jsonb_set(plan::jsonb, '{compilerVersion}', '1')
      where playbook_id = 'foreign'`);
    expect(await play(operator, 'foreign')).toMatchObject({
      status: 409,
      body: { code: 'request/conflict', detail: expect.stringContaining('another compiler') },
    });
  });
});

describe('where cases are demanded', () => {
  const demanded = (id: string, body: object) => publish(id, body, operator, strict);

  test('a playbook that acts without asking is not published without them, and nothing is stored', async () => {
    const answer = await demanded('must', {});
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'case/required', detail: expect.stringContaining('none came along') },
    });
    expect((await get('/v1/playbooks/must')).status).toBe(404);
    expect((await entriesOf('playbook.rejected')).at(-1)?.entry).toMatchObject({ code: 'case/required' });
  });

  test('nor with one that fails, and the answer names the first', async () => {
    const answer = await demanded('must', { cases: cases('must', told, wrong) });
    expect(answer.body).toMatchObject({
      code: 'case/required',
      detail: expect.stringMatching(/1 of 2 do not.*"and of nothing else" \(line 9, case\/not-met\)/),
    });
  });

  test('nor below the share that is demanded, and the answer names the place in the playbook', async () => {
    const answer = await demanded('must', { cases: cases('must', told) });
    const line =
      playbook('must')
        .split('\n')
        .findIndex((each) => each.includes('id: tell')) + 1;
    expect(answer.body).toMatchObject({
      code: 'case/coverage-below',
      detail: expect.stringContaining('branches 50% (1/2), demanded 100%'),
      errors: [{ code: 'case/coverage-below', line }],
    });
  });

  test('it is published with them, and stays in force without', async () => {
    expect((await demanded('must', { cases: cases('must', told, untold) })).body).toMatchObject({
      publishedVersion: 1,
    });
    expect((await demanded('must', {})).body).toMatchObject({ unchanged: true, cases: null });
    // Worse ones for what is in force are no way around.
    expect((await demanded('must', { cases: cases('must', told) })).status).toBe(422);
  });

  test('one that asks and is not called finished needs none', async () => {
    const source = madePlaybook('draft', tell, '', 'ask').replace('status: stable', 'status: experimental');
    expect((await demanded('draft', { source })).status).toBe(200);
  });
});
