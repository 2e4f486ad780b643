import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { checkEvidence, type Evidence, sha256Of } from '../../engine/core/approval/check-evidence.ts';
import { freshSignInMs } from '../../engine/core/approval/fresh-sign-in.ts';
import type { PasskeyProof } from '../../engine/core/approval/passkey-proof.ts';
import {
  digestOfWords,
  inOrder,
  reasonHash,
  type SignedWord,
} from '../../engine/core/approval/signed-words.ts';
import { breakGlass } from '../../engine/runtime/break-glass.ts';
import { standingProof } from '../../engine/runtime/decision-evidence.ts';
import { type Identity, openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import { type ApprovalId, defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { waitingForLock } from '../support/waiting-for-lock.ts';
import { type Asked, hostAlert, madePlaybook, questions, until, ws0117, ws0244 } from './questions.ts';

/* One touch of a key below several yeses, and below what somebody decides alone. */

const party = { id: 'localhost', origin: 'http://localhost' };
const browser = 'of this browser';
const signedInAtMs = Date.now() - freshSignInMs - 3_600_000;
const reason = 'DB is being encrypted and nobody of soc answers the phone';

let corridor: Corridor;
let identity: Identity;
let bo: PersonId;
let key: SoftPasskey;
const doorOf = (id: string) =>
  ({ actor: { kind: 'person', id, channel: 'console' }, requestId: 'test' }) as const;

beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  identity = openIdentity({ database: corridor.database.app, tenant: defaultTenant, mint: mintId });
  const published = await publishGuardrails(corridor.engine.parts, {
    personId: await corridor.person('Ada', [], ['operator']),
    actor: { kind: 'system', id: 'test', channel: 'engine' },
    requestId: 'test',
    file: 'guardrails.yaml',
    version: 0,
    source: 'kind: guardrails/v1\n',
  });
  if (!published.ok) throw new Error(published.detail);
});
beforeEach(async () => {
  bo = await corridor.person('Bo', ['soc'], ['approver', 'break-glass']);
  await corridor.database.owner.query('alter table people disable trigger user');
  await corridor.database.owner.query(
    `update people set break_glass_since = clock_timestamp() - interval '2 days' where id = $1`,
    [bo],
  );
  await corridor.database.owner.query('alter table people enable trigger user');
  key = softPasskey();
  const asked = await identity.askForNewPasskey(
    doorOf(bo),
    { id: bo, name: 'Bo', signedInAtMs: Date.now() },
    browser,
    party,
  );
  if (!asked.ok) throw new Error(asked.detail);
  const use = { answer: key.create(asked.options as never), party, browsers: [browser] };
  const added = await identity.addPasskey(doorOf(bo), { personId: bo, name: 'Key' }, use);
  if (!added.ok) throw new Error(added.detail);
});
afterAll(async () => {
  await identity.settle();
  await corridor.close();
});

let asks = 0;
async function ask(host = ws0117, quorum = 1): Promise<Asked> {
  const id = `gone-${++asks}`;
  const step = `  - id: isolate
    action: edr.quarantine-file
    with: { host_id: "\${{ inputs.host_id }}", sha1: 3ab1f9b7a5611cc8ce960012b18654bb779e515c }
    approval: { approvers: [group:soc], quorum: ${quorum} }
`;
  await corridor.publish(madePlaybook(id, step));
  const known = new Set((await questions(corridor)).map((each) => each.id));
  await corridor.sendBody(hostAlert(id, id, host));
  const found = async () => (await questions(corridor, 'pending')).find((each) => !known.has(each.id));
  await until(async () => (await found()) !== undefined);
  return (await found()) as Asked;
}

const yes = ({ id, digest }: Asked): SignedWord => ({ approval: id, digest, decision: 'approve' });
const alone = ({ id, digest }: Asked): SignedWord => ({
  approval: id,
  digest,
  decision: 'break-glass',
  reason: reasonHash(reason),
});

/** The key signs `signed`; it is handed in as being about `words`. */
async function prove(words: SignedWord[], signed = words) {
  const purpose = { kind: 'together', personId: bo, digest: digestOfWords(inOrder(signed)) } as const;
  const answer = key.get((await identity.askForPasskey(purpose, browser, party)) as never);
  const use = { answer, party, browsers: [browser] };
  return identity.proveWords(doorOf(bo), { personId: bo, words: inOrder(words) }, use);
}

async function proofOf(...words: SignedWord[]): Promise<PasskeyProof> {
  const proven = await prove(words);
  if (!proven.ok) throw new Error(proven.detail);
  return proven.proof;
}

const who = () => ({
  personId: bo,
  actor: doorOf(bo).actor,
  requestId: 'test',
  signedInAtMs,
});

function decide({ id, digest }: Asked, proof: PasskeyProof | null) {
  const said = { approvalId: id, digest, decision: 'approve', comment: 'looked at it', proof } as const;
  return settleApproval(corridor.engine.parts, corridor.engine.advancer, { ...who(), ...said });
}

function decideAlone({ id, digest }: Asked, proof: PasskeyProof | null, why = reason) {
  const said = { approvalId: id as ApprovalId, digest, reason: why, proof };
  return breakGlass(corridor.engine.parts, corridor.engine.advancer, { ...who(), ...said });
}

async function entryOf(type: string, { id }: Asked) {
  const all = (await corridor.story()) as unknown as {
    type: string;
    approvalId?: string;
    reason: string;
    data: { [name: string]: string };
  }[];
  return all.find((entry) => entry.type === type && entry.approvalId === id);
}

async function keyHash(): Promise<string> {
  const all = (await corridor.story()) as unknown as { type: string; data: { [name: string]: string } }[];
  return all.findLast(({ type }) => type === 'passkey.created')?.data.publicKey ?? '';
}

async function shared(): Promise<{ hash: string; evidence: Evidence }[]> {
  const { rows } = await corridor.database.owner.query<{ hash: string; evidence: Buffer }>(
    `select hash, evidence from shared_evidence s join passkeys k on k.id = s.passkey_id where k.person_id = $1`,
    [bo],
  );
  return rows.map(({ hash, evidence }) => {
    expect(sha256Of(evidence)).toBe(hash);
    return { hash, evidence: JSON.parse(String(evidence)) as Evidence };
  });
}

it('one touch is stored once, and each of the yeses names it', async () => {
  const [one, other] = [await ask(), await ask(ws0244)];
  expect(await decide(one, null)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
  const proof = await proofOf(yes(one), yes(other));
  for (const asked of [one, other]) expect(await decide(asked, proof)).toMatchObject({ ok: true });
  const [stored, ...more] = await shared();
  expect(more).toEqual([]);
  const publicKeyHash = await keyHash();
  for (const asked of [one, other]) {
    expect((await entryOf('approval.voted', asked))?.data.evidence).toBe(stored?.hash);
    const [read] = await corridorEvidence(asked);
    expect(read).toEqual(stored?.evidence);
    const { digest, ...word } = yes(asked);
    const verdict = checkEvidence(stored?.evidence as Evidence, { digest, word, publicKeyHash, party });
    expect(verdict).toEqual({ holds: true });
  }
});

async function corridorEvidence({ id }: Asked): Promise<unknown[]> {
  const items = await openRead(corridor.database.app).readEvidence(defaultTenant, id);
  return items.map(({ evidence }) => evidence);
}

it('it holds for nothing that is not in the list, and for no other list', async () => {
  const [one, other, third] = [await ask(), await ask(ws0244), await ask()];
  const proof = await proofOf(yes(one), yes(other));
  expect(await decide(third, proof)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
  expect(await decideAlone(one, proof)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
  const publicKeyHash = await keyHash();
  const { evidence } = proof;
  const check = (word: SignedWord, of = evidence) =>
    checkEvidence(of, { ...word, word, publicKeyHash, party });
  expect(check(yes(one))).toEqual({ holds: true });
  const notAmong = { holds: false, why: 'what was decided is not among what was signed' };
  for (const word of [yes(third), { ...yes(one), digest: third.digest }, alone(one)])
    expect(check(word)).toEqual(notAmong);
  const longer = { ...evidence, words: inOrder([yes(one), yes(other), yes(third)]) } as Evidence;
  expect(check(yes(third), longer)).toEqual({ holds: false, why: 'another challenge was signed' });
  expect(await prove([yes(one), yes(third)], [yes(one), yes(other)])).toMatchObject({
    ok: false,
    code: 'auth/bad-passkey',
  });
});

it('who decides alone signs the question and the reason, and an auditor can check it', async () => {
  const asked = await ask(ws0117, 2);
  expect(await decideAlone(asked, null)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
  const proof = await proofOf(alone(asked));
  const otherReason = 'DB is fine, but I want to go home early today, really';
  expect(await decideAlone(asked, proof, otherReason)).toMatchObject({ code: 'auth/fresh-sign-in' });
  expect(await decideAlone(asked, proof)).toMatchObject({ ok: true });
  const [stored] = await shared();
  const entry = await entryOf('approval.break-glass', asked);
  expect(entry?.data).toMatchObject({ evidence: stored?.hash, passkeyId: proof.passkeyId });
  expect(await corridorEvidence(asked)).toEqual([stored?.evidence]);
  const { digest, ...word } = { ...alone(asked), reason: reasonHash(entry?.reason ?? '') };
  const expected = { digest, word, publicKeyHash: await keyHash(), party };
  expect(checkEvidence(stored?.evidence as Evidence, expected)).toEqual({ holds: true });
});

it('what was signed is never changed, and a signature of one question is no word of another kind', async () => {
  const asked = await ask();
  const proof = await proofOf(yes(asked));
  await decide(asked, proof);
  for (const statement of [`update shared_evidence set evidence = 'x'`, 'delete from shared_evidence'])
    await expect(corridor.database.owner.query(statement)).rejects.toThrow();
  const purpose = { kind: 'approve', personId: bo, approvalId: asked.id, digest: asked.digest } as const;
  const answer = key.get((await identity.askForPasskey(purpose, browser, party)) as never);
  const use = { answer, party, browsers: [browser] };
  expect(await identity.proveWords(doorOf(bo), { personId: bo, words: [yes(asked)] }, use)).toMatchObject({
    ok: false,
    code: 'auth/bad-passkey',
  });
});

it('whoever removes the key waits for what it has just signed', async () => {
  const asked = await ask();
  const proof = await proofOf(yes(asked));
  const said = {
    approvalId: asked.id,
    personId: bo,
    digest: asked.digest,
    decision: 'approve',
    proof,
  } as const;
  let removed: Promise<unknown> | undefined;
  let isRemoved = false;
  await corridor.database.app.transaction(async (tx) => {
    expect(await standingProof(tx, defaultTenant, said)).toBe(proof);
    removed = identity.removePasskey(doorOf(bo), { signedInAtMs: Date.now() }, proof.passkeyId, bo);
    void removed.then(() => {
      isRemoved = true;
    });
    await waitingForLock(corridor.database.owner, 1);
    expect(isRemoved).toBe(false);
  });
  expect(await removed).toEqual({ ok: true });
  expect(await decide(asked, proof)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
});
