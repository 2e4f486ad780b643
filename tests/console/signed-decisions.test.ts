import { beforeEach, describe, expect, test } from 'vitest';
import type { PasskeyProof } from '../../engine/core/approval/passkey-proof.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { seedTask } from '../api/seed-task.ts';
import { optionsOn, type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { entriesOf, register, startPasskeyConsole } from './passkey-visitor.ts';
import type { Visitor } from './start-console.ts';

/* The pages around a yes that is signed with a passkey; what it is worth is judged by the use case. */

const site = await startPasskeyConsole();
const [ann, key] = await withKey('Ann');
const [eve, keyOfEve] = await withKey('Eve');
const kim = await site.signIn('Kim', ['approver'], ['soc-tier2']);

let proofs: (PasskeyProof | undefined)[];
let seeded: Awaited<ReturnType<typeof seedWaitingRun>>;
beforeEach(async () => {
  proofs = [];
  site.useCases.answer('decideApproval', async (_caller, _input, proof) => {
    proofs.push(proof);
    return { ok: true, state: 'granted', votes: 1, quorum: 1, repeated: false, stands: true };
  });
  await proved(ann, 10);
  await proved(eve, 10);
  seeded = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
});

async function withKey(name: string): Promise<[Visitor, SoftPasskey]> {
  const visitor = await site.signIn(name, ['approver'], ['soc-tier2']);
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

const yes = () => ({
  decision: 'approve',
  digest: seeded.digest,
  confirmed: 'yes',
  typed: 'DB-1',
  comment: 'seen "it"',
});
const at = (step: string) => `/a/${seeded.approvalId}/${step}`;

describe('who has a passkey', () => {
  test('signs what cannot be undone, with an old session, and what was said before comes along', async () => {
    const second = await ann.post(at('confirm'), yes());
    expect(second.status).toBe(200);
    expect(second.text).toContain(`action="${at('prove')}"`);
    const page = await ann.post(at('prove'), yes());
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    for (const words of ['Isolate server DB-1?', 'Network access of DB-1 is cut.', seeded.digest])
      expect(page.text).toContain(words);
    expect(page.text).toContain('name="comment" value="seen &quot;it&quot;"');
    expect(page.text).not.toContain('Approve without the passkey');
    const sent = await ann.post(at('decisions'), { ...yes(), answer: key.get(optionsOn(page.text)) });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/a/${seeded.approvalId}`]);
    expect(proofs).toEqual([
      expect.objectContaining({
        personId: ann.person.id,
        approvalId: seeded.approvalId,
        digest: seeded.digest,
      }),
    ]);
  });

  test('with a fresh session is asked for it too, and is not kept out when it lies at home', async () => {
    await proved(ann, 0);
    const page = await ann.post(at('prove'), yes());
    expect(page.text).toContain('Approve without the passkey');
    expect((await ann.post(at('decisions'), yes())).status).toBe(303);
    expect(proofs).toEqual([undefined]);
  });

  test('needs none for what can be undone, and none for a no', async () => {
    const back = await seedWaitingRun(site.db.owner);
    const second = await ann.post(`/a/${back.approvalId}/confirm`, { ...yes(), digest: back.digest });
    expect(second.text).toContain(`action="/a/${back.approvalId}/decisions"`);
    const sent = await ann.post(at('prove'), { ...yes(), decision: 'deny' });
    expect(sent.status).toBe(303);
    expect(proofs).toEqual([undefined]);
  });

  test('types the name first, as before', async () => {
    const page = await ann.post(at('prove'), { ...yes(), typed: 'DB-2' });
    expect(page.status).toBe(422);
    expect(page.text).toContain('Type DB-1 exactly as it is written.');
    expect(page.text).not.toContain('data-options');
  });

  test('reads the card again when it changed', async () => {
    const page = await ann.post(at('prove'), { ...yes(), digest: `sha256:${'0'.repeat(64)}` });
    expect(page.text).toContain('The action changed since you opened it.');
    expect(page.text).not.toContain('data-options');
  });
});

describe('nothing is decided', () => {
  async function answerOf(visitor: Visitor, passkey: SoftPasskey): Promise<string> {
    return passkey.get(optionsOn((await visitor.post(at('prove'), yes())).text));
  }

  test.each([
    ['the key of another person', () => answerOf(ann, keyOfEve)],
    ['the answer of another session', () => answerOf(eve, keyOfEve)],
    ['nothing', async () => ''],
  ])('with %s', async (_what, answer) => {
    const sent = await ann.post(at('decisions'), { ...yes(), answer: await answer() });
    expect(sent.status).toBe(403);
    expect(sent.text).toContain('Nothing was recorded.');
    expect(sent.text).toContain('action="/sign-in/passkey/again?back=%2Fa%2F');
    expect(proofs).toEqual([]);
  });

  test('with an answer that was used before, or for another question, and both are entries', async () => {
    const answer = await answerOf(ann, key);
    expect((await ann.post(at('decisions'), { ...yes(), answer })).status).toBe(303);
    expect((await ann.post(at('decisions'), { ...yes(), answer })).status).toBe(403);
    const other = await answerOf(ann, key);
    seeded = await seedWaitingRun(site.db.owner, { cardClass: 'eradicate' });
    expect((await ann.post(at('decisions'), { ...yes(), answer: other })).status).toBe(403);
    expect(proofs).toHaveLength(1);
    await site.identity.settle();
    const failed = (await entriesOf(site, 'auth.failed')).filter(({ actor }) => actor.id === ann.person.id);
    expect(failed.at(-1)?.code).toBe('auth/bad-passkey');
  });

  test('by who has no passkey and an old session: the link stays the way', async () => {
    await proved(kim, 10);
    for (const step of ['confirm', 'prove', 'decisions']) {
      const sent = await kim.post(at(step), yes());
      expect([step, sent.status]).toEqual([step, 403]);
      expect(sent.text).toContain('Use a new sign-in link, then come back.');
      expect(sent.text).not.toContain('/sign-in/passkey/again');
    }
    expect(proofs).toEqual([]);
  });
});

describe('where a fresh sign-in is asked for, whoever has a passkey is led to it', () => {
  const stale = async () => ({ ok: false, code: 'auth/fresh-sign-in', detail: 'prove it' }) as const;

  test('by a task', async () => {
    const { taskId, digest } = await seedTask(site.db.owner);
    site.useCases.answer('answerTask', stale);
    const answer = { answer: 'happened', proof: 'seen', digest };
    for (const [visitor, led] of [
      [ann, true],
      [kim, false],
    ] as const) {
      const { text } = await visitor.post(`/t/${taskId}/answers`, answer);
      expect(text.includes(`/sign-in/passkey/again?back=%2Ft%2F${taskId}`)).toBe(led);
    }
  });

  test('by several questions at once', async () => {
    site.useCases.answer('decideApproval', stale);
    const fields = {
      'pick.0': `${seeded.approvalId} ${seeded.digest}`,
      decision: 'approve',
      comment: 'x',
      typed: '1',
    };
    for (const [visitor, led] of [
      [ann, true],
      [kim, false],
    ] as const) {
      const { text } = await visitor.post('/actions/decisions', fields);
      expect(text).toContain('prove it');
      expect(text.includes('/sign-in/passkey/again?back=%2Factions')).toBe(led);
    }
  });
});

test('the card says which yes was signed', async () => {
  const { approvalId } = seeded;
  await site.db.owner.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment)
     select 'default', 'dec_' || id, id, $2, 'approve', digest, null from approvals where id = $1`,
    [approvalId, ann.person.id],
  );
  const before = await kim.get(`/a/${approvalId}`);
  expect(before.text).not.toContain('signed with a passkey');
  await site.db.owner.query(
    `insert into decision_evidence (tenant_id, decision_id, passkey_id, evidence)
     select 'default', 'dec_' || $1, id, '{}' from passkeys where person_id = $2`,
    [approvalId, ann.person.id],
  );
  expect((await kim.get(`/a/${approvalId}`)).text).toContain('signed with a passkey');
});
