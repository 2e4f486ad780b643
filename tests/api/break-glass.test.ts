import { beforeEach, describe, expect, test } from 'vitest';
import type { Refusal } from '../../api/http/use-cases.ts';
import { seedGlass, seedWaitingRun } from './seed.ts';
import { startApi } from './start-api.ts';

/* Deciding alone over the API: who gets in, what is handed on, what is told afterwards. */

const api = await startApi();
const gil = await api.person('gil', ['approver', 'break-glass']);
const ada = await api.person('ada', ['admin']);
const seeded = await seedWaitingRun(api.db.owner);
const path = `/v1/approvals/${seeded.approvalId}/break-glass`;
const reason = 'The database is being encrypted and nobody answers';

beforeEach(() => api.useCases.calls.splice(0));

describe('deciding alone', () => {
  test('hands on digest, reason and when the session began', async () => {
    const headers = await api.session(gil.person);
    const answer = await api.call('POST', path, {
      headers,
      body: { digest: seeded.digest, reason },
    });
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: seeded.approvalId, state: 'granted', repeated: false },
    ]);
    expect(api.useCases.calls).toEqual([
      { name: 'breakGlass', input: { approvalId: seeded.approvalId, digest: seeded.digest, reason } },
    ]);
  });

  test('is no right of a token, whoever made it, and none that a token can be given', async () => {
    for (const { token } of [gil, ada]) {
      const answer = await api.call('POST', path, { token, body: { digest: seeded.digest, reason } });
      expect(answer.status).toBe(403);
    }
    expect(api.useCases.calls).toEqual([]);
    for (const kind of ['person', 'service']) {
      const body = { kind, name: 'glass', roles: ['break-glass'] };
      expect((await api.call('POST', '/v1/tokens', { token: ada.token, body })).status).toBe(400);
    }
  });

  test('needs a digest', async () => {
    const headers = await api.session(gil.person);
    const answer = await api.call('POST', path, { headers, body: { reason } });
    expect(answer.status).toBe(428);
  });

  test.each<[Refusal['code'], number]>([
    ['approval/break-glass-reason', 422],
    ['approval/break-glass-too-new', 403],
    ['approval/break-glass-limit', 403],
    ['approval/break-glass-locked', 403],
    ['approval/break-glass-quorum', 403],
  ])('%s is answered with %i', async (code, status) => {
    const before = api.useCases.breakGlass;
    api.useCases.answer('breakGlass', async () => ({ ok: false, code, detail: 'because' }));
    const headers = await api.session(gil.person);
    const body = { digest: seeded.digest, reason };
    const answer = await api.call('POST', path, { headers, body });
    api.useCases.answer('breakGlass', before);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([status, code, 'because']);
  });
});

describe('afterwards', () => {
  test('it stands on the approval and in a list, until and after somebody has looked', async () => {
    const { approvalId } = await seedWaitingRun(api.db.owner);
    await seedGlass(api.db.owner, approvalId, gil.person.id, reason);
    const read = async () =>
      (await api.call('GET', `/v1/approvals/${approvalId}`, { token: ada.token })).body;
    const list = async (query: string) =>
      (await api.call('GET', `/v1/break-glass${query}`, { token: ada.token })).body.items.map(
        (item: { approvalId: string }) => item.approvalId,
      );
    expect(await read()).toMatchObject({
      state: 'granted',
      breakGlass: { by: { id: gil.person.id, name: 'gil' }, reason, review: null },
    });
    expect(await list('?reviewed=false')).toContain(approvalId);
    await api.db.owner.query(
      `insert into break_glass_reviews (tenant_id, approval_id, reviewed_by, finding, comment)
       values ('default', $1, $2, 'not-justified', 'somebody was there')`,
      [approvalId, ada.person.id],
    );
    expect(await read()).toMatchObject({
      breakGlass: {
        review: { by: { name: 'ada' }, finding: 'not-justified', comment: 'somebody was there' },
      },
    });
    expect(await list('?reviewed=false')).not.toContain(approvalId);
    expect(await list('?reviewed=true')).toContain(approvalId);
    expect(await list('')).toContain(approvalId);
  });

  test('a review says what was found and is for those who answer for it', async () => {
    const body = { finding: 'justified', comment: 'I was called' };
    const review = (token: string) => api.call('POST', `${path}/review`, { token, body });
    expect((await review(gil.token)).status).toBe(403);
    const answer = await review(ada.token);
    expect([answer.status, answer.body]).toEqual([
      200,
      { id: seeded.approvalId, finding: 'justified', repeated: false },
    ]);
    expect(api.useCases.calls).toEqual([
      { name: 'reviewBreakGlass', input: { approvalId: seeded.approvalId, ...body } },
    ]);
  });
});
