import { afterAll, beforeAll, expect, test } from 'vitest';
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
