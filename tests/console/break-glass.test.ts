import { beforeEach, describe, expect, test } from 'vitest';
import type { Refusal } from '../../api/http/use-cases.ts';
import { createFakeUseCases } from '../api/fake-use-cases.ts';
import { seedGlass, seedWaitingRun } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/* Deciding alone on the card, and being told of it on every page. */

const site = await startConsole();
const ann = await site.signIn('Ann', ['operator']);
const kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
const gil = await site.signIn('Gil', ['break-glass']);
const reason = 'The <b>database</b> is being encrypted and nobody answers';

beforeEach(() => {
  const fresh = createFakeUseCases();
  site.useCases.calls.length = 0;
  site.useCases.answer('breakGlass', async (caller, input) => {
    const at = caller.signedInAt !== undefined;
    site.useCases.calls.push({ name: 'breakGlass', input: { ...input, at } });
    return fresh.breakGlass(caller, input);
  });
  site.useCases.answer('reviewBreakGlass', async (caller, input) => {
    site.useCases.calls.push({ name: 'reviewBreakGlass', input });
    return fresh.reviewBreakGlass(caller, input);
  });
});

describe('the form', () => {
  test('is for those with the role alone, and stands apart from the decision', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    expect((await gil.get(`/a/${approvalId}`)).text).toContain('Break the glass');
    for (const other of [ann, kim])
      expect((await other.get(`/a/${approvalId}`)).text).not.toContain('break-glass"');
    expect((await ann.post(`/a/${approvalId}/break-glass`, { reason, typed: 'DB-1' })).status).toBe(403);
    expect((await gil.get(`/a/${approvalId}/break-glass`)).headers.get('location')).toBe(`/a/${approvalId}`);
    expect(site.useCases.calls).toEqual([]);
  });

  test('hands on the digest it showed, the reason, and that a session stands behind it', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    const sent = await gil.post(`/a/${approvalId}/break-glass`, { digest, reason, typed: ' DB-1 ' });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/a/${approvalId}`]);
    expect(site.useCases.calls).toEqual([
      { name: 'breakGlass', input: { approvalId, digest, reason, at: true } },
    ]);
  });

  test('wants the name of the target, and gives back what was typed', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    const sent = await gil.post(`/a/${approvalId}/break-glass`, { digest, reason, typed: 'DB-2' });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain('Type DB-1 exactly as it is written.');
    expect(sent.text).toContain('The &lt;b&gt;database&lt;/b&gt; is being encrypted');
    expect(site.useCases.calls).toEqual([]);
  });

  test.each<[Refusal['code'], number]>([
    ['approval/break-glass-limit', 403],
    ['approval/break-glass-reason', 422],
    ['auth/fresh-sign-in', 403],
  ])('says why not: %s', async (code, status) => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner);
    site.useCases.answer('breakGlass', async () => ({ ok: false, code, detail: 'because of that' }));
    const sent = await gil.post(`/a/${approvalId}/break-glass`, { digest, reason, typed: 'DB-1' });
    expect(sent.status).toBe(status);
    expect(sent.text).toContain('because of that');
    expect(sent.text).toContain('<details open>');
  });
});

describe('afterwards', () => {
  test('it is on every page of those who answer for it, until somebody has looked', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    await seedGlass(site.db.owner, approvalId, gil.person.id, reason);
    for (const path of ['/', '/runs', '/audit']) {
      const { text } = await ann.get(path);
      expect(text).toContain('Gil decided alone');
      expect(text).toContain(`href="/a/${approvalId}">Review it`);
      expect((await kim.get(path)).text).not.toContain('decided alone');
    }
    const card = (await ann.get(`/a/${approvalId}`)).text;
    expect(card).toContain('Gil decided this alone');
    expect(card).toContain('&lt;b&gt;database');
    expect((await gil.get(`/a/${approvalId}`)).text).not.toContain('/review"');
    expect((await gil.post(`/a/${approvalId}/review`, { finding: 'justified', comment: 'x' })).status).toBe(
      403,
    );
    expect((await ann.post(`/a/${approvalId}/review`, { comment: 'x' })).status).toBe(400);
    const sent = await ann.post(`/a/${approvalId}/review`, {
      finding: 'not-justified',
      comment: 'Kim was there',
    });
    expect(sent.status).toBe(303);
    expect(site.useCases.calls).toEqual([
      {
        name: 'reviewBreakGlass',
        input: { approvalId, finding: 'not-justified', comment: 'Kim was there' },
      },
    ]);
    await site.db.owner.query(
      `insert into break_glass_reviews (tenant_id, approval_id, reviewed_by, finding, comment)
       values ('default', $1, $2, 'not-justified', 'Kim was there')`,
      [approvalId, ann.person.id],
    );
    expect((await ann.get('/')).text).not.toContain('Gil decided alone');
    expect((await ann.get(`/a/${approvalId}`)).text).toMatch(/found it not justified[\s\S]*Kim was there/);
  });

  test('the card of what is under way looks again by itself, but not while somebody may be writing a review', async () => {
    const { approvalId, runId } = await seedWaitingRun(site.db.owner);
    await seedGlass(site.db.owner, approvalId, gil.person.id, reason);
    await site.db.owner.query(`update steps set phase = 'held' where run_id = $1 and path = 'run/isolate'`, [
      runId,
    ]);
    const reviewing = (await ann.get(`/a/${approvalId}`)).text;
    expect(reviewing).toContain('id="review-comment"');
    expect(reviewing).not.toMatch(/http-equiv="refresh"|looks again by itself/);
    const watching = (await kim.get(`/a/${approvalId}`)).text;
    expect(watching).not.toContain('id="review-comment"');
    expect(watching).toContain('http-equiv="refresh"');
    expect(watching).toContain('looks again by itself');
  });

  test('who was given the role is told to them as long as it does not count yet', async () => {
    await site.link('Nia <i>', ['break-glass']);
    const { text } = await ann.get('/');
    expect(text).toContain('Nia &lt;i&gt; may decide alone');
    expect((await kim.get('/')).text).not.toContain('may decide alone');
  });
});
