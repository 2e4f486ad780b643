import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seedWaitingRun } from './seed.ts';
import { type Api, startApi } from './start-api.ts';

const api = await startApi();
let kim: Awaited<ReturnType<Api['person']>>;
let viewer: string;
let seeded: Awaited<ReturnType<typeof seedWaitingRun>>;

beforeAll(async () => {
  kim = await api.person('kim', ['approver'], ['soc-tier2']);
  viewer = (await api.person('vic', ['viewer'])).token;
  seeded = await seedWaitingRun(api.db.owner);
});

beforeEach(() => api.useCases.calls.splice(0));

const card = (token: string) => api.call('GET', `/v1/approvals/${seeded.approvalId}`, { token });
const decide = (body: unknown, headers: Record<string, string> = {}, token = kim.token) =>
  api.call('POST', `/v1/approvals/${seeded.approvalId}/decisions`, { token, body, headers });

describe('the card', () => {
  test('shows everything, with the digest as its ETag', async () => {
    const answer = await card(kim.token);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe(`"${seeded.digest}"`);
    expect(answer.body).toMatchObject({
      state: 'pending',
      question: 'Isolate server DB-1?',
      run: { id: seeded.runId, state: 'waiting' },
      playbook: { title: 'Isolate a host', version: '1.3.0' },
      requester: { id: 'alert' },
      quorum: 1,
      approvals: 0,
      votes: [],
      facts: [{ kind: 'host', id: 'H17', facts: { role: 'server' } }],
      permissions: ['approve', 'deny'],
      refusals: {},
    });
    expect(answer.body.card.arguments).toEqual([{ name: 'comment', value: 'secret words' }]);
    expect(answer.body.plan.params.host_id).toBe('H17');
  });

  test('is masked for viewers, who are told why they cannot decide', async () => {
    const answer = await card(viewer);
    expect(JSON.stringify(answer.body)).not.toContain('secret words');
    expect(JSON.stringify(answer.body)).not.toContain('ann, bo');
    expect(answer.body.card.evidence).toEqual([{ label: 'Users', value: '[masked]' }]);
    expect(answer.body.permissions).toEqual([]);
    expect(answer.body.refusals.approve.code).toBe('auth/forbidden');
    expect(answer.body.question).toBe('Isolate server DB-1?');
  });

  test.each([
    [
      'actions that a gate covers',
      { covers: [{ action: 'chat.post-message', params: { text: 'secret words' } }] },
    ],
    [
      'what is taken back',
      { records: [{ inverse: 'edr.release-host', arguments: { comment: 'secret words' } }] },
    ],
    ['the state that would be overwritten', { found: { requestor: 'secret words' } }],
  ])('shows viewers no value of %s either', async (_name, plan) => {
    const other = await seedWaitingRun(api.db.owner, { plan });
    const path = `/v1/approvals/${other.approvalId}`;
    const shown = (await api.call('GET', path, { token: viewer })).body;
    expect(JSON.stringify(shown)).not.toContain('secret words');
    expect(shown.plan).toMatchObject({ action: 'edr.isolate-host' });
    expect(Object.keys(shown.plan)).toEqual(expect.arrayContaining(Object.keys(plan)));
    expect((await api.call('GET', path, { token: kim.token })).body.plan).toMatchObject(plan);
  });

  test('names the reason to those who may decide others but not this one', async () => {
    const { person, token } = await api.person('lee', ['approver'], ['soc-tier2']);
    const own = await seedWaitingRun(api.db.owner, { excluded: [person.id] });
    const answer = await api.call('GET', `/v1/approvals/${own.approvalId}`, { token });
    expect(answer.body.refusals.approve.code).toBe('approval/separation');
    const other = (await api.person('max', ['approver'], ['finance'])).token;
    expect((await card(other)).body.refusals.deny.code).toBe('approval/not-named');
  });

  test('says that approving what cannot be undone takes a session of just now, and denying none', async () => {
    const final = await seedWaitingRun(api.db.owner, { cardClass: 'eradicate' });
    const path = `/v1/approvals/${final.approvalId}`;
    const byToken = (await api.call('GET', path, { token: kim.token })).body;
    expect(byToken).toMatchObject({
      permissions: ['deny'],
      refusals: { approve: { code: 'auth/fresh-sign-in' } },
    });
    const headers = await api.session(kim.person);
    expect((await api.call('GET', path, { headers })).body.permissions).toEqual(['approve', 'deny']);
    await api.db.owner.query(`update sessions set proved_at = proved_at - interval '6 minutes'`);
    expect((await api.call('GET', path, { headers })).body.permissions).toEqual(['deny']);
  });

  test('mine lists what this person may decide and nothing else', async () => {
    const { person, token } = await api.person('nia', ['approver'], ['soc-tier1']);
    await seedWaitingRun(api.db.owner, {
      title: 'by mail',
      approvers: ['user:NIA@example.test'.toLowerCase()],
    });
    await seedWaitingRun(api.db.owner, { title: 'by role', approvers: ['role:approver'] });
    await seedWaitingRun(api.db.owner, { title: 'own', approvers: ['role:approver'], excluded: [person.id] });
    const answer = await api.call('GET', '/v1/approvals?mine=true', { token });
    expect(answer.body.items.map((item: { why: string }) => item.why).sort()).toEqual(['by mail', 'by role']);
    const service = await api.service('bot', ['operator']);
    expect((await api.call('GET', '/v1/approvals?mine=true', { token: service })).body.items).toEqual([]);
  });

  test('that somebody has it open is told by POST, never by reading', async () => {
    await card(kim.token);
    expect(api.useCases.calls).toEqual([]);
    const answer = await api.call('POST', `/v1/approvals/${seeded.approvalId}/views`, { token: kim.token });
    expect(answer.status).toBe(204);
    const input = { approvalId: seeded.approvalId, version: expect.stringContaining(seeded.digest) };
    expect(api.useCases.calls).toEqual([{ name: 'viewedApproval', input }]);
  });
});

describe('a decision', () => {
  test('hands on the digest of the ETag, or the one in the body', async () => {
    const byTag = await decide({ decision: 'approve' }, { 'if-match': `"${seeded.digest}"` });
    expect(byTag.body).toEqual({
      id: seeded.approvalId,
      state: 'granted',
      votes: 1,
      quorum: 1,
      repeated: false,
      stands: true,
    });
    await decide({ decision: 'deny', digest: seeded.digest, comment: 'backup agent' });
    expect(api.useCases.calls.map((call) => call.input)).toEqual([
      { approvalId: seeded.approvalId, decision: 'approve', digest: seeded.digest, comment: null },
      { approvalId: seeded.approvalId, decision: 'deny', digest: seeded.digest, comment: 'backup agent' },
    ]);
  });

  test.each([
    ['nothing', {}],
    ['a star', { 'if-match': '*' }],
    ['a weak tag', { 'if-match': 'W/"x"' }],
    ['a list', { 'if-match': '"a", "b"' }],
  ])('that says %s about what it saw gets 428', async (_name, headers) => {
    const answer = await decide({ decision: 'approve' }, headers as Record<string, string>);
    expect(answer.status).toBe(428);
    expect(answer.body.code).toBe('approval/precondition-required');
    expect(api.useCases.calls).toEqual([]);
  });

  test('whose header and body disagree is refused', async () => {
    const answer = await decide(
      { decision: 'approve', digest: `sha256:${'1'.repeat(64)}` },
      { 'if-match': `"${seeded.digest}"` },
    );
    expect(answer.status).toBe(400);
    expect(api.useCases.calls).toEqual([]);
  });

  test('with a key written twice is refused before anybody reads it', async () => {
    const body = `{"decision":"deny","decision":"approve","digest":"${seeded.digest}"}`;
    expect((await decide(body)).status).toBe(400);
    expect(api.useCases.calls).toEqual([]);
  });

  test.each([
    ['approval/digest-mismatch', 412],
    ['approval/already-decided', 409],
    ['approval/separation', 403],
    ['approval/not-named', 403],
    ['approval/comment-required', 422],
    ['approval/expired', 409],
  ] as const)('refused with %s answers %i and what stood', async (code, status) => {
    const before = api.useCases.decideApproval;
    api.useCases.answer('decideApproval', async () => ({
      ok: false,
      code,
      detail: 'Kim denied it at 03:14.',
    }));
    const answer = await decide({ decision: 'approve', digest: seeded.digest });
    api.useCases.answer('decideApproval', before);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, detail: 'Kim denied it at 03:14.' });
  });
});

describe('a change of arguments', () => {
  const edit = (body: unknown, headers: Record<string, string> = {}, token = kim.token) =>
    api.call('POST', `/v1/approvals/${seeded.approvalId}/edits`, { token, body, headers });

  test('is handed on with what was seen, and answers with the question that took its place', async () => {
    const answer = await edit(
      { arguments: { scope: 'selective' }, comment: 'mail stays' },
      { 'if-match': `"${seeded.digest}"` },
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: seeded.approvalId,
      state: 'superseded',
      next: { id: 'apr_next' },
    });
    expect(api.useCases.calls).toEqual([
      {
        name: 'editApproval',
        input: {
          approvalId: seeded.approvalId,
          values: { scope: 'selective' },
          digest: seeded.digest,
          comment: 'mail stays',
        },
      },
    ]);
  });

  test('that says nothing about what it saw gets 428, one without arguments 400', async () => {
    expect((await edit({ arguments: { scope: 'selective' } })).status).toBe(428);
    expect((await edit({ arguments: {}, digest: seeded.digest })).status).toBe(400);
    expect(api.useCases.calls).toEqual([]);
  });

  test.each([
    ['approval/digest-mismatch', 412],
    ['approval/already-decided', 409],
    ['approval/not-editable', 422],
    ['approval/edit-rejected', 422],
  ] as const)('refused with %s answers %i', async (code, status) => {
    const before = api.useCases.editApproval;
    api.useCases.answer('editApproval', async () => ({ ok: false, code, detail: 'so it is' }));
    const answer = await edit({ arguments: { scope: 'selective' }, digest: seeded.digest });
    api.useCases.answer('editApproval', before);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([status, code, 'so it is']);
  });

  test('is for those who may decide', async () => {
    const answer = await edit({ arguments: { scope: 'selective' }, digest: seeded.digest }, {}, viewer);
    expect(answer.status).toBe(403);
    expect(api.useCases.calls).toEqual([]);
  });
});

describe('more time', () => {
  const extend = (token: string) => api.call('POST', `/v1/approvals/${seeded.approvalId}/extend`, { token });

  test('is asked for without a body and answers until when', async () => {
    const answer = await extend(kim.token);
    expect([answer.status, answer.body.id]).toEqual([200, seeded.approvalId]);
    expect(api.useCases.calls).toEqual([
      { name: 'extendApproval', input: { approvalId: seeded.approvalId } },
    ]);
    expect((await extend(viewer)).status).toBe(403);
  });

  test('is had once', async () => {
    const before = api.useCases.extendApproval;
    const code = 'approval/already-extended';
    api.useCases.answer('extendApproval', async () => ({ ok: false, code, detail: 'once' }));
    const answer = await extend(kim.token);
    api.useCases.answer('extendApproval', before);
    expect([answer.status, answer.body.code]).toEqual([409, code]);
  });
});

describe('a yes', () => {
  const withdraw = (body: unknown, token = kim.token) =>
    api.call('POST', `/v1/approvals/${seeded.approvalId}/withdraw`, { token, body });

  test('is taken back with or without a word why', async () => {
    const answer = await withdraw({ comment: 'the wrong host' });
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: seeded.approvalId, state: 'pending', votes: 0, quorum: 2, round: 1, repeated: false },
    ]);
    expect((await withdraw(undefined)).status).toBe(200);
    expect(api.useCases.calls.map(({ input }) => input)).toEqual([
      { approvalId: seeded.approvalId, comment: 'the wrong host' },
      { approvalId: seeded.approvalId, comment: null },
    ]);
    expect((await withdraw({}, viewer)).status).toBe(403);
  });

  test.each(['approval/too-late-to-withdraw', 'approval/no-vote'] as const)(
    'that cannot be: %s',
    async (code) => {
      const before = api.useCases.withdrawApproval;
      api.useCases.answer('withdrawApproval', async () => ({ ok: false, code, detail: 'undo it' }));
      const answer = await withdraw({});
      api.useCases.answer('withdrawApproval', before);
      expect([answer.status, answer.body.code, answer.body.detail]).toEqual([409, code, 'undo it']);
    },
  );

  test('that was taken back stays to be read, does not count, and may be given again', async () => {
    const { person, token } = await api.person('tia', ['approver'], ['soc-tier2']);
    const asked = await seedWaitingRun(api.db.owner);
    const read = async () => (await api.call('GET', `/v1/approvals/${asked.approvalId}`, { token })).body;
    await api.db.owner.query(
      `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest)
       select 'default', 'dec_' || id, id, $2, 'approve', digest from approvals where id = $1`,
      [asked.approvalId, person.id],
    );
    expect(await read()).toMatchObject({ approvals: 1, permissions: ['deny', 'withdraw'], withdrawn: [] });
    await api.db.owner.query(
      `insert into withdrawals (tenant_id, decision_id, approval_id, person_id, comment)
       select tenant_id, id, approval_id, person_id, 'the wrong host' from decisions where approval_id = $1`,
      [asked.approvalId],
    );
    expect(await read()).toMatchObject({
      approvals: 0,
      voters: [],
      votes: [],
      permissions: ['approve', 'deny'],
      refusals: {},
      withdrawn: [{ person: { id: person.id, name: 'tia' }, comment: 'the wrong host' }],
    });
  });
});

describe('several decisions at once', () => {
  const decideAll = (decisions: unknown, token = kim.token) =>
    api.call('POST', '/v1/approvals/decisions', { token, body: { decisions } });
  const one = () => ({ id: seeded.approvalId, decision: 'approve', digest: seeded.digest });

  test('are each judged by themselves and answered in their order', async () => {
    const before = api.useCases.decideApproval;
    api.useCases.answer('decideApproval', async (caller, input) =>
      input.comment === 'late'
        ? { ok: false, code: 'approval/already-decided', detail: 'it ended as denied' }
        : before(caller, input),
    );
    const answer = await decideAll([one(), { ...one(), comment: 'late' }, { ...one(), decision: 'deny' }]);
    api.useCases.answer('decideApproval', before);
    expect(answer.status).toBe(200);
    expect(answer.body.items).toEqual([
      {
        id: seeded.approvalId,
        ok: true,
        state: 'granted',
        votes: 1,
        quorum: 1,
        repeated: false,
        stands: true,
      },
      {
        id: seeded.approvalId,
        ok: false,
        status: 409,
        code: 'approval/already-decided',
        detail: 'it ended as denied',
      },
      {
        id: seeded.approvalId,
        ok: true,
        state: 'denied',
        votes: 1,
        quorum: 1,
        repeated: false,
        stands: true,
      },
    ]);
  });

  test.each([
    ['none', []],
    [
      'more than a hundred',
      Array.from({ length: 101 }, () => ({
        id: 'apr_1',
        decision: 'deny',
        digest: `sha256:${'a'.repeat(64)}`,
      })),
    ],
    ['one that does not say what it saw', [{ id: 'apr_1', decision: 'deny' }]],
  ])('are refused as a whole when there are %s', async (_what, decisions) => {
    expect((await decideAll(decisions)).status).toBe(400);
    expect(api.useCases.calls).toEqual([]);
  });

  test('need the right to decide', async () => {
    expect((await decideAll([one()], viewer)).status).toBe(403);
    expect(api.useCases.calls).toEqual([]);
  });
});
