import { beforeEach, describe, expect, test } from 'vitest';
import type { Refusal } from '../../api/http/use-cases.ts';
import { createFakeUseCases } from '../api/fake-use-cases.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/* Changing what is asked, and asking for more time, on the card. */

const site = await startConsole();
const ann = await site.signIn('Ann', ['admin'], ['soc-tier2']);
const vic = await site.signIn('Vic', ['viewer'], ['soc-tier2']);
const editable = [
  { name: 'comment', schema: { type: 'string' } },
  { name: 'scope', schema: { enum: ['full', '<b>selective'] } },
  { name: 'hours', schema: { type: 'integer' } },
];

beforeEach(() => {
  const fresh = createFakeUseCases();
  site.useCases.calls.length = 0;
  site.useCases.answer('editApproval', async (caller, input) => {
    site.useCases.calls.push({ name: 'editApproval', input });
    return fresh.editApproval(caller, input);
  });
  site.useCases.answer('withdrawApproval', async (_caller, input) => {
    site.useCases.calls.push({ name: 'withdrawApproval', input });
    return { ok: true, votes: 0, quorum: 2, round: 1, repeated: false };
  });
  site.useCases.answer('extendApproval', async (caller, input) => {
    site.useCases.calls.push({ name: 'extendApproval', input });
    return fresh.extendApproval(caller, input);
  });
});
const refusal = (code: Refusal['code'], detail: string) => async (): Promise<Refusal> => ({
  ok: false,
  code,
  detail,
});

describe('the form', () => {
  test('has a field for what the playbook lets an approver change, with the value as it is', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner, { editable });
    const { text } = await ann.get(`/a/${approvalId}`);
    const form = /<form method="post" action="[^"]*\/edits">[\s\S]*?<\/form>/.exec(text)?.[0] ?? '';
    expect([...form.matchAll(/name="(set\.\w+)"/g)].map(([, name]) => name)).toEqual([
      'set.comment',
      'set.scope',
      'set.hours',
    ]);
    expect(form).toMatch(/name="set\.comment"[^>]*>\nsecret words</);
    expect(form).toContain('<option value="&lt;b&gt;selective">');
    expect(form).not.toMatch(/<input(?![^>]*type="hidden")/);
    expect(text).not.toContain('<script>');
  });

  test('is not there where nothing can be changed, or for those who are not asked', async () => {
    const fixed = await seedWaitingRun(site.db.owner);
    expect((await ann.get(`/a/${fixed.approvalId}`)).text).not.toContain('/edits"');
    const { approvalId } = await seedWaitingRun(site.db.owner, { editable });
    const { text } = await vic.get(`/a/${approvalId}`);
    expect(text).not.toContain('/edits"');
    expect(text).not.toContain('secret words');
    expect(text).not.toContain('/extend"');
  });
});

describe('a change', () => {
  test('hands on only what was touched and leads to the question that took its place', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner, { editable });
    const sent = await ann.post(`/a/${approvalId}/edits`, {
      digest,
      'set.comment': 'secret words',
      'set.scope': '',
      'set.hours': '4',
      'set.host_id': 'H99',
      comment: 'shorter',
    });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/a/apr_next']);
    expect(site.useCases.calls).toEqual([
      { name: 'editApproval', input: { approvalId, values: { hours: 4 }, digest, comment: 'shorter' } },
    ]);
  });

  test('that is no value of its kind is given back without asking the engine', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner, { editable });
    const sent = await ann.post(`/a/${approvalId}/edits`, { digest, 'set.hours': 'four <', comment: 'x' });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain('&quot;hours&quot; takes JSON of type integer.');
    expect(sent.text).toContain('<details open>');
    expect(sent.text).toMatch(/name="set\.hours"[^>]*>\nfour &lt;</);
    expect(site.useCases.calls).toEqual([]);
  });

  test.each([
    ['approval/digest-mismatch', 412, 'The action changed since you opened it.'],
    ['approval/already-decided', 409, 'What you sent just now does not count.'],
    ['approval/edit-rejected', 422, 'it does not fit'],
  ] as const)('refused with %s shows the card as it is, with %i', async (code, status, said) => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner, { editable });
    site.useCases.answer('editApproval', refusal(code, 'it does not fit'));
    const sent = await ann.post(`/a/${approvalId}/edits`, { digest, 'set.hours': '5' });
    expect(sent.status).toBe(status);
    expect(sent.text).toContain(said);
    expect(sent.text).toMatch(/name="set\.hours"[^>]*>\n5</);
  });

  test('needs the right to decide, and the digest', async () => {
    const { approvalId, digest } = await seedWaitingRun(site.db.owner, { editable });
    expect((await vic.post(`/a/${approvalId}/edits`, { digest, 'set.hours': '5' })).status).toBe(403);
    expect((await ann.post(`/a/${approvalId}/edits`, { 'set.hours': '5' })).status).toBe(428);
    expect(site.useCases.calls).toEqual([]);
  });
});

describe('a yes', () => {
  const votedBy = async (personId: string) => {
    const seeded = await seedWaitingRun(site.db.owner);
    await site.db.owner.query(
      `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest)
       select 'default', 'dec_' || id, id, $2, 'approve', digest from approvals where id = $1`,
      [seeded.approvalId, personId],
    );
    return seeded;
  };

  test('can be taken back, or become a no, where it was given', async () => {
    const { approvalId } = await votedBy(ann.person.id);
    const { text } = await ann.get(`/a/${approvalId}`);
    const choice = /<div class="choice">([\s\S]*?)<\/div>/.exec(text)?.[1] ?? '';
    expect([...choice.matchAll(/value="(\w+)"/g)].map(([, value]) => value)).toEqual(['deny', 'withdraw']);
    expect(text).not.toContain('value="approve"');
    const sent = await ann.post(`/a/${approvalId}/withdraw`, { comment: ' the wrong host ' });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/a/${approvalId}`]);
    expect(site.useCases.calls).toEqual([
      { name: 'withdrawApproval', input: { approvalId, comment: 'the wrong host' } },
    ]);
    expect((await ann.get(`/a/${approvalId}/withdraw`)).headers.get('location')).toBe(`/a/${approvalId}`);
  });

  test('of others is not mine to take back', async () => {
    const { approvalId } = await votedBy(vic.person.id);
    expect((await ann.get(`/a/${approvalId}`)).text).not.toContain('value="withdraw"');
    expect((await vic.post(`/a/${approvalId}/withdraw`)).status).toBe(403);
    expect(site.useCases.calls).toEqual([]);
  });

  test('that came too late to take back says what to do, and what was taken back stays readable', async () => {
    const { approvalId, runId } = await votedBy(ann.person.id);
    await site.db.owner.query(
      `insert into withdrawals (tenant_id, decision_id, approval_id, person_id, comment)
       select tenant_id, id, approval_id, person_id, 'the wrong host' from decisions where approval_id = $1`,
      [approvalId],
    );
    site.useCases.answer('withdrawApproval', refusal('approval/too-late-to-withdraw', 'it was granted'));
    const sent = await ann.post(`/a/${approvalId}/withdraw`);
    expect(sent.status).toBe(409);
    expect(sent.text).toContain('It was approved before you took your yes back.');
    expect(sent.text).toContain(`href="/runs/${runId}/undo"`);
    expect(sent.text).toMatch(/took it back[\s\S]*the wrong host/);
  });
});

describe('more time', () => {
  test('is one button that leads back to the card', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    expect((await ann.get(`/a/${approvalId}`)).text).toContain('Ask for 15 more minutes');
    const sent = await ann.post(`/a/${approvalId}/extend`, {});
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/a/${approvalId}`]);
    expect(site.useCases.calls).toEqual([{ name: 'extendApproval', input: { approvalId } }]);
  });

  test('is offered once, and a second time is told', async () => {
    const { approvalId } = await seedWaitingRun(site.db.owner);
    await site.db.owner.query(
      `update approvals set approve_before = approve_before + interval '15 minutes', extended_at = clock_timestamp()
       where id = $1`,
      [approvalId],
    );
    expect((await ann.get(`/a/${approvalId}`)).text).not.toContain('15 more minutes');
    site.useCases.answer(
      'extendApproval',
      refusal('approval/already-extended', 'it was given more time before'),
    );
    const sent = await ann.post(`/a/${approvalId}/extend`, {});
    expect(sent.status).toBe(409);
    expect(sent.text).toContain('it was given more time before');
  });
});
