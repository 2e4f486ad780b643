import { beforeEach, describe, expect, test } from 'vitest';
import { type PasskeyProof, provesThis } from '../../engine/core/approval/passkey-proof.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { optionsOn, type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { register, startPasskeyConsole } from './passkey-visitor.ts';
import type { Visitor } from './start-console.ts';

/* The pages around one touch below several yeses and below what somebody decides alone. */

const site = await startPasskeyConsole();
const [ann, key] = await withKey('Ann', ['approver', 'break-glass']);
const kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);
const reason = 'DB-1 encrypts the backups and nobody answers';

type Seeded = Awaited<ReturnType<typeof seedWaitingRun>>;
let said: { name: string; input: { approvalId: string; digest: string }; proof: PasskeyProof | undefined }[];
let lasting: Seeded;
let reversible: Seeded;
beforeEach(async () => {
  said = [];
  site.useCases.answer('decideApproval', async (_caller, input, proof) => {
    said.push({ name: 'decideApproval', input, proof });
    return { ok: true, state: 'granted', votes: 1, quorum: 1, repeated: false, stands: true };
  });
  site.useCases.answer('breakGlass', async (_caller, input, proof) => {
    said.push({ name: 'breakGlass', input, proof });
    return { ok: true, repeated: false };
  });
  await proved(ann, 10);
  lasting = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
  reversible = await seedWaitingRun(site.db.owner);
});

async function withKey(name: string, roles: ('approver' | 'break-glass')[]): Promise<[Visitor, SoftPasskey]> {
  const visitor = await site.signIn(name, roles, ['soc-tier2']);
  const passkey = softPasskey();
  await register(visitor, passkey);
  return [visitor, passkey];
}

async function proved(visitor: Visitor, minutesAgo: number): Promise<void> {
  await site.db.owner.query(
    `update sessions set proved_at = clock_timestamp() - make_interval(mins => $2) where person_id = $1`,
    [visitor.person.id, minutesAgo],
  );
}

const ticked = (...all: readonly Seeded[]) => ({
  ...Object.fromEntries(all.map(({ approvalId, digest }, n) => [`pick.${n}`, `${approvalId} ${digest}`])),
  comment: 'seen "them"',
  typed: String(all.length),
});

describe('several at once', () => {
  test('are signed with one touch when one of them cannot be undone', async () => {
    const form = { ...ticked(lasting, reversible), decision: 'approve' };
    const chosen = await ann.post('/actions/chosen', { 'pick.0': lasting.approvalId });
    expect(chosen.text).toContain('action="/actions/prove"');
    const page = await ann.post('/actions/prove', form);
    expect(page.status).toBe(200);
    for (const words of [lasting.digest, reversible.digest, 'You approve 2 questions with it'])
      expect(page.text).toContain(words);
    expect(page.text).toContain('name="comment" value="seen &quot;them&quot;"');
    expect(page.text).not.toContain('Approve without the passkey');
    const sent = await ann.post('/actions/decisions', { ...form, answer: key.get(optionsOn(page.text)) });
    expect(sent.text).toContain('2 counted');
    expect(said.map(({ input }) => input.approvalId)).toEqual([lasting.approvalId, reversible.approvalId]);
    for (const { input, proof } of said) {
      const word = { ...input, personId: ann.person.id, decision: 'approve' } as const;
      expect(proof !== undefined && provesThis(proof, word)).toBe(true);
    }
    expect(new Set(said.map(({ proof }) => proof)).size).toBe(1);
  });

  test('need no touch for a no, for what can be undone, and by whoever has no passkey', async () => {
    await ann.post('/actions/prove', { ...ticked(lasting), decision: 'deny' });
    await ann.post('/actions/prove', { ...ticked(reversible), decision: 'approve' });
    await kim.post('/actions/prove', { ...ticked(lasting), decision: 'approve' });
    expect(said.map(({ proof }) => proof)).toEqual([undefined, undefined, undefined]);
    expect((await kim.post('/actions/chosen', { 'pick.0': lasting.approvalId })).text).toContain(
      'action="/actions/decisions"',
    );
  });

  test('are not signed when one has changed since it was read', async () => {
    const form = { ...ticked(lasting), decision: 'approve' };
    form['pick.0' as never] = `${lasting.approvalId} sha256:${'0'.repeat(64)}` as never;
    const page = await ann.post('/actions/prove', form);
    expect(page.status).toBe(412);
    expect(page.text).toContain('One of them changed since you opened the page.');
    expect(page.text).not.toContain('data-options');
  });

  test('are none of them decided when others were signed', async () => {
    const signed = { ...ticked(lasting), decision: 'approve' };
    const answer = key.get(optionsOn((await ann.post('/actions/prove', signed)).text));
    const other = { ...ticked(lasting, reversible), decision: 'approve', answer };
    const sent = await ann.post('/actions/decisions', other);
    expect(sent.status).toBe(403);
    expect(sent.text).toContain('Nothing was recorded.');
    // It is used up by that.
    expect((await ann.post('/actions/decisions', { ...signed, answer })).status).toBe(403);
    expect(said).toEqual([]);
  });

  test('go on with a sign-in of just now when the key lies at home', async () => {
    await proved(ann, 0);
    const form = { ...ticked(lasting), decision: 'approve' };
    expect((await ann.post('/actions/prove', form)).text).toContain('Approve without the passkey');
    expect((await ann.post('/actions/decisions', form)).text).toContain('1 counted');
    expect(said.map(({ proof }) => proof)).toEqual([undefined]);
  });
});

describe('who decides alone', () => {
  const at = (step: string) => `/a/${lasting.approvalId}/${step}`;
  const form = () => ({ digest: lasting.digest, reason, typed: 'DB-1' });

  test('signs the question and the reason', async () => {
    expect((await ann.get(`/a/${lasting.approvalId}`)).text).toContain(`action="${at('prove-alone')}"`);
    const page = await ann.post(at('prove-alone'), form());
    for (const words of ['Sign with your passkey that you decide alone', reason])
      expect(page.text).toContain(words);
    expect(page.text).not.toContain('without the passkey</button>');
    const sent = await ann.post(at('break-glass'), { ...form(), answer: key.get(optionsOn(page.text)) });
    expect(sent.headers.get('location')).toBe(`/a/${lasting.approvalId}`);
    const [{ input, proof } = { input: null, proof: undefined }] = said;
    const word = {
      ...input,
      approvalId: lasting.approvalId,
      digest: lasting.digest,
      personId: ann.person.id,
    };
    expect(proof !== undefined && provesThis(proof, { ...word, decision: 'break-glass', reason })).toBe(true);
    expect(proof !== undefined && provesThis(proof, { ...word, decision: 'approve' })).toBe(false);
  });

  test('for another reason than the signed one decides nothing', async () => {
    const answer = key.get(optionsOn((await ann.post(at('prove-alone'), form())).text));
    const sent = await ann.post(at('break-glass'), { ...form(), reason: `${reason} at all`, answer });
    expect(sent.status).toBe(403);
    expect(said).toEqual([]);
  });

  test.each([
    ['the wrong name', { typed: 'DB-2' }, 422],
    ['a reason that is none', { reason: 'x' }, 303],
  ])('with %s is not asked for the key', async (_, wrong, status) => {
    const sent = await ann.post(at('prove-alone'), { ...form(), ...wrong });
    expect([sent.status, sent.text.includes('data-options')]).toEqual([status, false]);
  });
});
