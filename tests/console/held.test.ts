import { expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/* One request for what a budget holds, decided in part (audit facts 2.3, item 14). */

const site = await startConsole();
const budget = 'guardrails:hosts_hour';
const page = `/held?budget=${encodeURIComponent(budget)}`;

const seeded: Awaited<ReturnType<typeof seedWaitingRun>>[] = [];
for (let n = 0; n < 3; n++) seeded.push(await seedWaitingRun(site.db.owner, { title: `Wave ${n}` }));
const single = await seedWaitingRun(site.db.owner, { title: 'Alone' });
for (const [n, { approvalId }] of seeded.entries()) {
  await site.db.owner.query(
    `update approvals set held_by = $2, held_reason = 'A wave <of> isolations', requested_at = now() - make_interval(mins => $3)
     where id = $1`,
    [approvalId, budget, 10 - n],
  );
}

const shownIn = (text: string) => /name="shown" value="([^"]*)"/.exec(text)?.[1] ?? '';

test('the action center shows one line for the budget, and what waits alone beside it', async () => {
  const ann = await site.signIn('Ann', ['approver'], ['soc-tier2']);
  for (const path of ['/', '/actions']) {
    const { text } = await ann.get(path);
    expect(text).toContain('3 actions wait: ');
    expect(text).not.toContain('<of>');
    for (const { approvalId } of seeded) expect(text).not.toContain(`/a/${approvalId}`);
    expect(text).toContain(`/a/${single.approvalId}`);
  }
});

test('of one run all questions are shown, also those that a budget holds with others', async () => {
  const ann = await site.signIn('Ann of the run', ['approver'], ['soc-tier2']);
  const [first, second] = seeded;
  const { text } = await ann.get(`/actions?run=${first?.runId}`);
  expect(text).not.toContain('Nothing waits for a person.');
  expect(text).toContain(`/a/${first?.approvalId}`);
  expect(text).not.toContain(`/a/${second?.approvalId}`);
});

test('as many as somebody types are decided, from the top of the list that was shown', async () => {
  const bo = await site.signIn('Bo', ['approver'], ['soc-tier2']);
  const { text } = await bo.get(page);
  const shown = shownIn(text);
  expect(shown.split(' ')).toHaveLength(3);
  site.useCases.calls.length = 0;
  for (const count of ['', '0', '4', '1.5', 'all'])
    expect((await bo.post('/held', { budget, shown, decision: 'approve', count, comment: '' })).status).toBe(
      422,
    );
  expect(site.useCases.calls).toEqual([]);
  const said = await bo.post('/held', { budget, shown, decision: 'approve', count: '2', comment: 'looked' });
  expect(said.status).toBe(303);
  const approvals = seeded.slice(0, 2).map(({ approvalId, digest }) => ({ id: approvalId, digest }));
  expect(site.useCases.calls).toEqual([
    { name: 'decideHeld', input: { budget, decision: 'approve', comment: 'looked', approvals } },
  ]);
});

test('what was tampered with is refused, and what did not count is said', async () => {
  const cy = await site.signIn('Cy', ['approver'], ['soc-tier2']);
  const sent = { budget, decision: 'deny', count: '1', comment: '' };
  expect((await cy.post('/held', { ...sent, shown: 'apr_1=xyz' })).status).toBe(400);
  site.useCases.answer('decideHeld', async (_caller, { approvals }) =>
    approvals.map(({ id }) => ({ id, ok: false, code: 'approval/digest-mismatch', detail: 'it changed' })),
  );
  const refused = await cy.post('/held', { ...sent, shown: shownIn((await cy.get(page)).text) });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('0 counted, 1 did not: it changed');
});

test('whoever none of them asks sees the list and no form', async () => {
  const stranger = await site.signIn('Sue', ['approver'], ['other']);
  const { text } = await stranger.get(page);
  expect(text).toContain('You cannot decide these');
  expect(shownIn(text)).toBe('');
});

test('what did not count is said as well when nothing is left to decide', async () => {
  const dee = await site.signIn('Dee', ['approver'], ['soc-tier2']);
  site.useCases.answer('decideHeld', async (_caller, { approvals }) =>
    approvals.map(({ id }) => ({ id, ok: false, code: 'approval/expired', detail: 'its time is over' })),
  );
  const sent = { budget: 'guardrails:gone', decision: 'approve', count: '1', comment: '' };
  const late = await dee.post('/held', { ...sent, shown: shownIn((await dee.get(page)).text) });
  expect(late.status).toBe(409);
  expect(late.text).toContain('0 counted, 1 did not: its time is over');
});

test('a budget that holds nothing says so', async () => {
  const ann = await site.signIn('Ann again', ['approver'], ['soc-tier2']);
  expect((await ann.get('/held?budget=none')).text).toContain('Nothing waits for this budget');
});
