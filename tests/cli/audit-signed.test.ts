import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  digestOfWords,
  inOrder,
  reasonHash,
  type SignedWord,
} from '../../engine/core/approval/signed-words.ts';
import { insertDecision, insertWithdrawal } from '../../engine/runtime/approval-rows.ts';
import { evidenceOf, insertEvidence } from '../../engine/runtime/decision-evidence.ts';
import { type ApprovalId, defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';
import { record, sequencerOf } from '../audit/open-log.ts';
import { softPasskey } from '../support/soft-passkey.ts';
import { riposte } from './start-cli.ts';

/* An auditor asks whether the people of the log signed what it says they decided. */

const api = await startApi();
const party = { id: 'soar.example.org', origin: 'https://soar.example.org' };
const browser = 'of this browser';
const auditor = (await api.person('ada', ['auditor'])).token;
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: auditor };
const sequencer = sequencerOf(api.db.sequencer);
const { identity } = api;
afterAll(() => identity.settle());

const doorOf = (id: string) =>
  ({ actor: { kind: 'person', id, channel: 'console' }, requestId: 'test' }) as const;

let bo: PersonId;
const key = softPasskey(party.origin);

beforeAll(async () => {
  bo = (await api.person('bo', ['approver'])).person.id;
  const owner = { id: bo, name: 'bo', signedInAtMs: Date.now() };
  const asked = await identity.askForNewPasskey(doorOf(bo), owner, browser, party);
  if (!asked.ok) throw new Error(asked.detail);
  const use = { answer: key.create(asked.options as never), party, browsers: [browser] };
  const added = await identity.addPasskey(doorOf(bo), { personId: bo, name: 'Key' }, use);
  if (!added.ok) throw new Error(added.detail);
});

/** A decision as the engine leaves it, signed or not. @param inLog what its entry says instead */
async function decided({ signed = true, inLog = {}, actor = bo as string } = {}): Promise<string> {
  const { approvalId, runId, digest } = await seedWaitingRun(api.db.owner, { cardClass: 'eradicate' });
  const proof = signed ? await prove(approvalId, digest) : null;
  const decisionId = mintId('DecisionId');
  await api.db.app.transaction(async (tx) => {
    const row = { approvalId, personId: bo, decision: 'approve', digest, comment: '', number: 1 } as const;
    await insertDecision(tx, defaultTenant, decisionId, row);
    if (proof !== null) await insertEvidence(tx, defaultTenant, decisionId, proof);
  });
  await record(api.db, [
    {
      type: 'approval.voted',
      actor: doorOf(actor).actor,
      runId,
      approvalId,
      planDigest: digest,
      data: { decision: 'approve', ...(proof !== null && evidenceOf(proof)) },
      ...inLog,
    },
  ]);
  await sequencer.flush();
  return approvalId;
}

async function prove(approvalId: ApprovalId, digest: string) {
  const about = { personId: bo, approvalId, digest };
  const options = await identity.askForPasskey({ kind: 'approve', ...about }, browser, party);
  const use = { answer: key.get(options as never), party, browsers: [browser] };
  const proven = await identity.proveApproval(doorOf(bo), about, use);
  if (!proven.ok) throw new Error(proven.detail);
  return proven.proof;
}

const check = (id: string, ...more: string[]) =>
  riposte(['audit', 'signed', id, '--site', `${party.origin}/riposte`, ...more], env);

test('a signed decision holds, and is said to whose key it is', async () => {
  const answer = await check(await decided());
  expect(answer.code).toBe(0);
  expect(answer.stdout).toMatch(new RegExp(`^\\S+ +${bo} +approve +signed with pky_\\S+: holds\\n$`));
  const json = JSON.parse((await check(await decided(), '--json')).stdout);
  expect(json).toMatchObject({ schemaVersion: 1, votes: [{ person: bo, verdict: 'holds', why: null }] });
});

test('one without a signature is no finding, and said', async () => {
  const answer = await check(await decided({ signed: false }));
  expect(answer).toMatchObject({ code: 0 });
  expect(answer.stdout).toContain('not signed with a passkey');
});

test.each([
  ['of other terms', { inLog: { planDigest: `sha256:${'0'.repeat(64)}` } }, 'another digest'],
  ['of somebody else', { actor: 'per_other' }, 'does not say that this key was registered'],
  [
    'whose evidence is another one',
    { inLog: { data: { decision: 'approve', passkeyId: 'pky_1', evidence: `sha256:${'0'.repeat(64)}` } } },
    'is not there',
  ],
])('an entry %s is a finding', async (_what, odd, why) => {
  const answer = await check(await decided(odd));
  expect(answer.code).toBe(1);
  expect(answer.stdout).toContain(`DOES NOT HOLD`);
  expect(answer.stdout).toContain(why);
});

test('what was signed once does not hold below two decisions', async () => {
  const { approvalId, runId, digest } = await seedWaitingRun(api.db.owner, { cardClass: 'eradicate' });
  const proof = await prove(approvalId, digest);
  // The same signature, which is another evidence by its hash.
  const again = { ...proof, evidence: { ...proof.evidence, credentialId: 'AAAA' } };
  for (const [n, each] of [proof, again].entries()) {
    const decisionId = mintId('DecisionId');
    await api.db.app.transaction(async (tx) => {
      const row = {
        approvalId,
        personId: bo,
        decision: 'approve',
        digest,
        comment: '',
        number: n + 1,
      } as const;
      await insertDecision(tx, defaultTenant, decisionId, row);
      await insertEvidence(tx, defaultTenant, decisionId, each);
      if (n === 0) await insertWithdrawal(tx, defaultTenant, { approvalId, personId: bo, comment: null });
    });
    const { actor } = doorOf(bo);
    const data = { decision: 'approve', ...evidenceOf(each) };
    await record(api.db, [{ type: 'approval.voted', actor, runId, approvalId, planDigest: digest, data }]);
  }
  await sequencer.flush();
  const answer = await check(approvalId);
  expect(answer.code).toBe(1);
  expect(answer.stdout.match(/DOES NOT HOLD, it was signed once and stands below two/g)).toHaveLength(2);
});

test('keys of another site do not count, and an address without passkeys is wrong usage', async () => {
  const id = await decided();
  const other = await riposte(['audit', 'signed', id, '--site', 'https://evil.example'], env);
  expect(other.code).toBe(1);
  expect(other.stdout).toContain('another origin');
  expect(await riposte(['audit', 'signed', id], env)).toMatchObject({ code: 2 });
});

test('who may not read the log reads no evidence, and a question that is none has none', async () => {
  const id = await decided();
  const { token } = await api.person('vic', ['approver']);
  expect((await api.call('GET', `/v1/approvals/${id}/evidence`, { token })).status).toBe(403);
  expect((await api.call('GET', '/v1/approvals/apr_none/evidence', { token: auditor })).status).toBe(404);
});

/** Entries that a story leaves behind, in this order. */
async function tell(...drafts: Parameters<typeof record>[1]): Promise<void> {
  await record(api.db, drafts);
  await sequencer.flush();
}

/** A key of its own, so that what ends it ends no other. */
async function withOwnKey() {
  const { person } = await api.person(mintId('PersonId').slice(-8).toLowerCase(), ['approver']);
  const own = softPasskey(party.origin);
  const owner = { id: person.id, name: 'x', signedInAtMs: Date.now() };
  const asked = await identity.askForNewPasskey(doorOf(person.id), owner, browser, party);
  if (!asked.ok) throw new Error(asked.detail);
  const use = { answer: own.create(asked.options as never), party, browsers: [browser] };
  const added = await identity.addPasskey(doorOf(person.id), { personId: person.id, name: 'K' }, use);
  if (!added.ok) throw new Error(added.detail);
  await sequencer.flush();
  const sign = async (words: SignedWord[]) => {
    const purpose = { kind: 'together', personId: person.id, digest: digestOfWords(words) } as const;
    const answer = own.get((await identity.askForPasskey(purpose, browser, party)) as never);
    const about = { personId: person.id, words };
    const proven = await identity.proveWords(doorOf(person.id), about, { ...use, answer });
    if (!proven.ok) throw new Error(proven.detail);
    return proven.proof;
  };
  return { id: person.id, passkeyId: added.passkeyId, sign };
}
type Own = Awaited<ReturnType<typeof withOwnKey>>;

/** Somebody says yes to one or more with one touch, or decides alone. */
async function together(own: Own, count: number, alone: string | null = null): Promise<string[]> {
  const seeded: Awaited<ReturnType<typeof seedWaitingRun>>[] = [];
  for (let n = 0; n < count; n++) seeded.push(await seedWaitingRun(api.db.owner, { cardClass: 'eradicate' }));
  const decision = alone === null ? 'approve' : 'break-glass';
  const words = inOrder(
    seeded.map(({ approvalId, digest }) => ({
      approval: approvalId,
      digest,
      decision,
      ...(alone !== null && { reason: reasonHash(alone) }),
    })),
  );
  const proof = await own.sign(words);
  await api.db.app.transaction(async (tx) => {
    for (const { approvalId, digest } of seeded) {
      const decisionId = mintId('DecisionId');
      const row = { approvalId, personId: own.id, digest, comment: '', number: 1 } as const;
      await insertDecision(tx, defaultTenant, decisionId, { ...row, decision: 'approve' });
      await insertEvidence(tx, defaultTenant, decisionId, proof);
    }
  });
  await tell(
    ...seeded.map(
      ({ approvalId, runId, digest }) =>
        ({
          type: alone === null ? 'approval.voted' : 'approval.break-glass',
          actor: doorOf(own.id).actor,
          runId,
          approvalId,
          planDigest: digest,
          ...(alone !== null && { reason: alone }),
          data: { ...(alone === null && { decision: 'approve' }), ...evidenceOf(proof) },
        }) as const,
    ),
  );
  return seeded.map(({ approvalId }) => approvalId);
}

test('one touch below several holds for each of them', async () => {
  for (const id of await together(await withOwnKey(), 3)) {
    const answer = await check(id);
    expect([answer.code, answer.stdout]).toEqual([0, expect.stringContaining('approve  signed with pky_')]);
    expect(answer.stdout).toContain(': holds');
  }
});

test.each([
  ['a short reason', 'nobody of soc answers the phone at all'],
  ['one that its entry has cut', `nobody answers: ${'ü'.repeat(1_500)}`],
])('what somebody decided alone for %s holds', async (_, why) => {
  const [id = ''] = await together(await withOwnKey(), 1, why);
  const answer = await check(id);
  expect([answer.code, answer.stdout]).toEqual([
    0,
    expect.stringMatching(/break-glass +signed with .*: holds/),
  ]);
});

const ender = { kind: 'person', id: 'per_admin', channel: 'console' } as const;
const removed = ({ id, passkeyId }: Own) =>
  ({ type: 'passkey.removed', actor: ender, data: { passkeyId, personId: id } }) as const;
const deactivated = ({ id }: Own) =>
  ({ type: 'person.changed', actor: ender, data: { personId: id, after: { active: false } } }) as const;
const unlinked = ({ id, passkeyId }: Own) => {
  const revoked: string[] = [passkeyId];
  return { type: 'person.unlinked', actor: ender, data: { personId: id, revoked } } as const;
};

test.each([
  ['removed', removed, 'the key had been removed before, at'],
  ['of somebody who was deactivated', deactivated, 'its person had been deactivated before, at'],
  ['of somebody who was unlinked', unlinked, 'the key had ended before, when its person was unlinked, at'],
])('a key that was %s before it signed is a finding, and afterwards it is none', async (_, end, why) => {
  const own = await withOwnKey();
  const [before = ''] = await together(own, 1);
  await tell(end(own));
  const [after = ''] = await together(own, 1);
  expect((await check(before)).code).toBe(0);
  const answer = await check(after);
  expect([answer.code, answer.stdout]).toEqual([1, expect.stringContaining(`DOES NOT HOLD, ${why}`)]);
});

test('the end of another key, or of another person, ends nothing', async () => {
  const [own, other] = [await withOwnKey(), await withOwnKey()];
  await tell(removed(other), deactivated(other), unlinked(other));
  const [id = ''] = await together(own, 1);
  expect((await check(id)).code).toBe(0);
});

test('what cannot be read is said to say nothing', async () => {
  const [id = ''] = await together(await withOwnKey(), 1);
  expect((await check(id)).stderr).not.toContain('is not said');
  await api.db.owner.query('alter table audit_log disable trigger user');
  await api.db.owner.query(`update audit_log set entry = null where type = 'passkey.removed'`);
  await api.db.owner.query('alter table audit_log enable trigger user');
  const answer = await check(id);
  expect(answer.code).toBe(0);
  expect(answer.stderr).toMatch(/\d entries about removed keys and changed people cannot be read any more/);
});
