import { beforeEach, describe, expect, test } from 'vitest';
import { createFakeUseCases } from '../api/fake-use-cases.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/* Several questions together: what is shown is what is decided, each by itself. */

const site = await startConsole();
const kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
const vic = await site.signIn('Vic', ['viewer'], ['soc-tier2']);
const genuine = createFakeUseCases();

beforeEach(() => {
  site.useCases.calls.length = 0;
  site.useCases.answer('decideApproval', async (caller, input) => {
    site.useCases.calls.push({ name: 'decideApproval', input });
    return genuine.decideApproval(caller, input);
  });
});

type Seeded = Awaited<ReturnType<typeof seedWaitingRun>>;
const some = async (count: number, options: Parameters<typeof seedWaitingRun>[1] = {}) => {
  const all: Seeded[] = [];
  for (let n = 0; n < count; n++) all.push(await seedWaitingRun(site.db.owner, options));
  return all;
};
const chosen = (all: readonly Seeded[]) =>
  Object.fromEntries(all.map(({ approvalId }, n) => [`pick.${n}`, approvalId]));
const ticked = (all: readonly Seeded[]) =>
  Object.fromEntries(all.map(({ approvalId, digest }, n) => [`pick.${n}`, `${approvalId} ${digest}`]));
const boxes = (text: string) =>
  [...text.matchAll(/<input type="checkbox" name="(pick\.\d+)" value="([^"]+)"( checked)?/g)].map(
    ([, , value, checked]) => ({ value, checked: checked !== undefined }),
  );

describe('the list', () => {
  test('has a box for each that one may decide, and none for whoever may not', async () => {
    const [mine] = await some(2);
    const [others] = await some(1, { approvers: ['group:other'] });
    const values = boxes((await kim.get('/actions')).text).map(({ value }) => value);
    expect(values).toContain(mine?.approvalId);
    expect(values).not.toContain(others?.approvalId);
    expect(boxes((await vic.get('/actions')).text)).toEqual([]);
  });
});

describe('what was chosen', () => {
  test('is shown in full, each with its whole digest, ticked; nothing is recorded by showing it', async () => {
    const all = await some(3);
    const before = await site.traces();
    const { status, text } = await kim.post('/actions/chosen', chosen(all));
    expect(status).toBe(200);
    expect(boxes(text)).toEqual(
      all.map(({ approvalId, digest }) => ({ value: `${approvalId} ${digest}`, checked: true })),
    );
    for (const { digest } of all) expect(text).toContain(`>${digest}<`);
    expect(text).toContain('secret words');
    expect(text).not.toContain('name="typed"');
    expect(await site.traces()).toBe(before);
  });

  test('what needs a look of its own is not ticked, and what differs is named', async () => {
    const [plain] = (await some(1)) as [Seeded];
    const [final] = (await some(1, { cardClass: 'eradicate' })) as [Seeded];
    const [others] = (await some(1, { approvers: ['group:other'] })) as [Seeded];
    const { text } = await kim.post('/actions/chosen', chosen([plain, final, others]));
    expect(boxes(text).map(({ checked }) => checked)).toEqual([true, false, false]);
    expect(text).toContain('It cannot be undone.');
    expect(text).toContain('You cannot decide it: It asks group:other.');
    expect(text).toContain('name="typed"');
  });

  test('hostile words are data', async () => {
    const all = await some(2, { title: '<img src=x onerror=alert(1)>' });
    const { text } = await kim.post('/actions/chosen', {
      ...chosen(all),
      'pick.2': '"><script>',
      'pick.3': 'apr_none',
    });
    expect(text).not.toMatch(/<img|<script>/);
    expect(boxes(text)).toHaveLength(2);
  });

  test('nothing chosen is told, and an address in the bar leads back', async () => {
    expect((await kim.post('/actions/chosen')).status).toBe(422);
    expect((await kim.post('/actions/decisions', { decision: 'deny' })).status).toBe(422);
    for (const path of ['/actions/chosen', '/actions/decisions'])
      expect((await kim.get(path)).headers.get('location')).toBe('/actions');
  });
});

describe('deciding', () => {
  test('sends each with the digest that was shown, in order, and says what became of each', async () => {
    const all = (await some(3)) as [Seeded, Seeded, Seeded];
    site.useCases.answer('decideApproval', async (_caller, input) => {
      site.useCases.calls.push({ name: 'decideApproval', input });
      if (input.approvalId === all[1].approvalId)
        return { ok: false, code: 'approval/digest-mismatch', detail: 'it changed <b>since' };
      const state = input.approvalId === all[2].approvalId ? 'pending' : 'granted';
      return { ok: true, state, votes: 1, quorum: 2, repeated: false, stands: true };
    });
    const sent = await kim.post('/actions/decisions', {
      ...ticked(all),
      decision: 'approve',
      comment: ' seen ',
    });
    expect(sent.status).toBe(200);
    expect(site.useCases.calls.map(({ input }) => input)).toEqual(
      all.map(({ approvalId, digest }) => ({ approvalId, digest, decision: 'approve', comment: 'seen' })),
    );
    expect(sent.text).toContain('2 counted, <strong>1 did not</strong>');
    expect(sent.text).toContain('it changed &lt;b&gt;since');
    expect(sent.text).toContain('approval/digest-mismatch');
    expect(sent.text).toContain('1 of 2 approvals');
  });

  test('only what is still ticked is sent', async () => {
    const all = (await some(3)) as [Seeded, Seeded, Seeded];
    await kim.post('/actions/decisions', { ...ticked([all[0]]), decision: 'deny', comment: 'no' });
    expect(site.useCases.calls.map(({ input }) => (input as { approvalId: string }).approvalId)).toEqual([
      all[0].approvalId,
    ]);
  });

  test('needs one reason, and gives back what is ticked', async () => {
    const all = await some(2);
    const sent = await kim.post('/actions/decisions', { ...ticked(all), decision: 'deny', comment: ' ' });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain('<a href="#comment">Say why you deny them.</a>');
    expect(boxes(sent.text)).toHaveLength(2);
    expect(site.useCases.calls).toEqual([]);
  });

  test.each<[string, () => Promise<Seeded[]>, string]>([
    ['more than ten', () => some(11), '11'],
    [
      'different kinds of weight',
      async () => [...(await some(1)), ...(await some(1, { cardClass: 'eradicate' }))],
      '2',
    ],
  ])('approving %s needs their number; denying them does not', async (_what, make, number) => {
    const all = await make();
    const send = (fields: Record<string, string>) =>
      kim.post('/actions/decisions', { ...ticked(all), comment: 'seen', ...fields });
    const sent = await send({ decision: 'approve', typed: '1' });
    expect(sent.status).toBe(422);
    expect(sent.text).toContain(`${number} were ticked: type that number.`);
    expect(site.useCases.calls).toEqual([]);
    expect((await send({ decision: 'approve', typed: number })).status).toBe(200);
    expect(site.useCases.calls).toHaveLength(all.length);
    site.useCases.calls.length = 0;
    expect((await send({ decision: 'deny' })).status).toBe(200);
    expect(site.useCases.calls).toHaveLength(all.length);
  });

  test('a whole page of them fits into the form, and no more are read', async () => {
    const all = await some(26);
    const sent = await kim.post('/actions/decisions', {
      ...ticked(all),
      decision: 'deny',
      comment: 'x'.repeat(2000),
    });
    expect(sent.status).toBe(200);
    expect(site.useCases.calls).toHaveLength(25);
  });

  test('without a digest, without saying what, without the right or from elsewhere nothing is decided', async () => {
    const all = await some(2);
    const fields = { ...ticked(all), decision: 'deny', comment: 'no' };
    expect((await kim.post('/actions/decisions', { ...fields, ...chosen(all) })).status).toBe(428);
    expect((await kim.post('/actions/decisions', { ...fields, decision: 'maybe' })).status).toBe(400);
    expect((await vic.post('/actions/decisions', fields)).status).toBe(403);
    expect((await kim.post('/actions/decisions', fields, { 'sec-fetch-site': 'cross-site' })).status).toBe(
      403,
    );
    expect((await kim.post('/actions/decisions', { ...fields, csrf: 'x' })).status).toBe(403);
    expect(site.useCases.calls).toEqual([]);
  });

  test('the same form sent again decides nothing twice that the engine does not', async () => {
    const all = (await some(2)) as [Seeded, Seeded];
    const twice = {
      'pick.0': `${all[0].approvalId} ${all[0].digest}`,
      'pick.1': `${all[0].approvalId} ${all[0].digest}`,
    };
    await kim.post('/actions/decisions', { ...twice, decision: 'deny', comment: 'no' });
    expect(site.useCases.calls).toHaveLength(1);
  });
});
