import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkEvidence, type Evidence, sha256Of } from '../../engine/core/approval/check-evidence.ts';
import { freshSignInMs } from '../../engine/core/approval/fresh-sign-in.ts';
import type { PasskeyProof } from '../../engine/core/approval/passkey-proof.ts';
import { type Identity, openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { settleApproval } from '../../engine/runtime/settle-approval.ts';
import { defaultTenant, mintId, type PersonId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { type Odd, type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { type Asked, hostAlert, madePlaybook, onlyQuestion, questions, until, ws0117 } from './questions.ts';

/* Whoever approves what cannot be undone signs it with their passkey, and anybody can check that later. */

const party = { id: 'localhost', origin: 'http://localhost' };
const browser = 'of this browser';
const old = Date.now() - freshSignInMs - 3_600_000;

let corridor: Corridor;
let identity: Identity;
let bo: PersonId;
let eve: PersonId;
let key: SoftPasskey;
let keyOfEve: SoftPasskey;

beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  identity = openIdentity({ database: corridor.database.app, tenant: defaultTenant, mint: mintId });
  bo = await corridor.person('Bo', ['soc']);
  eve = await corridor.person('Eve', ['soc']);
  key = await keyFor(bo, 'Bo');
  keyOfEve = await keyFor(eve, 'Eve');
});
afterAll(async () => {
  await identity.settle();
  await corridor.close();
});

const doorOf = (id: string) =>
  ({ actor: { kind: 'person', id, channel: 'console' }, requestId: 'test' }) as const;

async function keyFor(id: PersonId, name: string): Promise<SoftPasskey> {
  const made = softPasskey();
  const owner = { id, name, signedInAtMs: Date.now() };
  const asked = await identity.askForNewPasskey(doorOf(id), owner, browser, party);
  if (!asked.ok) throw new Error(asked.detail);
  const answer = made.create(asked.options as never);
  const added = await identity.addPasskey(
    doorOf(id),
    { personId: id, name: 'Key' },
    { answer, party, browsers: [browser] },
  );
  if (!added.ok) throw new Error(added.detail);
  return made;
}

let asks = 0;
async function ask(): Promise<Asked> {
  const id = `gone-${++asks}`;
  const step = `  - id: isolate
    action: edr.quarantine-file
    with: { host_id: "\${{ inputs.host_id }}", sha1: 3ab1f9b7a5611cc8ce960012b18654bb779e515c }
    approval: { approvers: [group:soc] }
`;
  await corridor.publish(madePlaybook(id, step));
  await corridor.sendBody(hostAlert(id, id, ws0117));
  await until(async () => (await questions(corridor, 'pending')).length === 1);
  return onlyQuestion(corridor);
}

/** The key signs what was opened for `by`; it is handed in as being about `asked`. */
async function prove(
  asked: Asked,
  passkey = key,
  { by = bo, digest = asked.digest, odd = {} as Odd, opened = asked } = {},
) {
  const purpose = { kind: 'approve', personId: by, approvalId: opened.id, digest: opened.digest } as const;
  const options = await identity.askForPasskey(purpose, browser, party);
  const answer = passkey.get(options as never, odd);
  return identity.proveApproval(
    doorOf(by),
    { personId: by, approvalId: asked.id, digest },
    { answer, party, browsers: [browser] },
  );
}

async function proofOf(asked: Asked): Promise<PasskeyProof> {
  const proven = await prove(asked);
  if (!proven.ok) throw new Error(proven.detail);
  return proven.proof;
}

function decide(
  asked: Asked,
  proof: PasskeyProof | null,
  { personId = bo, decision = 'approve' as 'approve' | 'deny', signedInAtMs = old } = {},
) {
  return settleApproval(corridor.engine.parts, corridor.engine.advancer, {
    approvalId: asked.id,
    decision,
    digest: asked.digest,
    comment: 'looked at it',
    personId,
    actor: { kind: 'person', id: personId, channel: 'console' },
    requestId: 'test',
    signedInAtMs,
    proof,
  });
}

async function entries(type: string): Promise<{ data: { [name: string]: unknown }; approvalId?: string }[]> {
  const { rows } = await corridor.database.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_pending where convert_from(entry, 'utf8')::json->>'type' = $1
     order by convert_from(entry, 'utf8')::json->>'id'`,
    [type],
  );
  return rows.map(({ entry }) => JSON.parse(entry));
}

async function storedFor(asked: Asked): Promise<Buffer[]> {
  const { rows } = await corridor.database.owner.query<{ evidence: Buffer }>(
    `select e.evidence from decision_evidence e join decisions d on d.tenant_id = e.tenant_id and d.id = e.decision_id
     where d.approval_id = $1`,
    [asked.id],
  );
  return rows.map(({ evidence }) => evidence);
}

describe('a key that signed this question with these terms', () => {
  it('lets its person approve with an old session, and an auditor check it from the log alone', async () => {
    const asked = await ask();
    expect(await decide(asked, null)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
    expect(await decide(asked, await proofOf(asked))).toMatchObject({ ok: true, state: 'granted' });
    const [bytes, ...more] = await storedFor(asked);
    expect(more).toEqual([]);
    const voted = (await entries('approval.voted')).find(({ approvalId }) => approvalId === asked.id);
    expect(sha256Of(bytes as Buffer)).toBe(voted?.data.evidence);
    const registered = (await entries('passkey.created')).find(
      ({ data }) => data.passkeyId === voted?.data.passkeyId,
    );
    expect(registered?.data.personId).toBe(bo);
    const evidence = JSON.parse(String(bytes)) as Evidence;
    const publicKeyHash = String(registered?.data.publicKey);
    expect(checkEvidence(evidence, { digest: asked.digest, publicKeyHash, party })).toEqual({ holds: true });
  });

  it('is evidence also where the session would have been fresh enough', async () => {
    const asked = await ask();
    const proof = await proofOf(asked);
    expect(await decide(asked, proof, { signedInAtMs: Date.now() })).toMatchObject({
      ok: true,
      state: 'granted',
    });
    expect(await storedFor(asked)).toHaveLength(1);
  });

  it('is none of a no, which needs none', async () => {
    const asked = await ask();
    const proof = await proofOf(asked);
    expect(await decide(asked, proof, { decision: 'deny' })).toMatchObject({ ok: true, state: 'denied' });
    expect(await storedFor(asked)).toEqual([]);
  });

  it('cannot be changed or taken away afterwards, also not by the owner of the database', async () => {
    for (const statement of ["update decision_evidence set evidence = 'x'", 'delete from decision_evidence'])
      await expect(corridor.database.owner.query(statement, [])).rejects.toThrow();
  });
});

describe('a signature does not count', () => {
  let asked: Asked;
  beforeAll(async () => {
    asked = await ask();
  });

  it('for another question', async () => {
    const other = { ...asked, id: mintId('ApprovalId') };
    expect(await prove(asked, key, { opened: other })).toMatchObject({ ok: false, code: 'auth/bad-passkey' });
    const proof = await proofOf(asked);
    expect(await decide(asked, { ...proof, approvalId: other.id })).toMatchObject({
      ok: false,
      code: 'auth/fresh-sign-in',
    });
  });

  it('for other terms', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(await prove(asked, key, { digest })).toMatchObject({ ok: false, code: 'auth/bad-passkey' });
    const proof = await proofOf(asked);
    expect(await decide(asked, { ...proof, digest })).toMatchObject({
      ok: false,
      code: 'auth/fresh-sign-in',
    });
  });

  it('by the key of another person, neither for its person nor for the one who asked', async () => {
    expect(await prove(asked, keyOfEve)).toMatchObject({ ok: false, code: 'auth/bad-passkey' });
    const proof = await proofOf(asked);
    expect(await decide(asked, proof, { personId: eve })).toMatchObject({
      ok: false,
      code: 'auth/fresh-sign-in',
    });
  });

  it('that was made for signing in', async () => {
    const options = await identity.askForPasskey({ kind: 'again', personId: bo }, browser, party);
    const use = { answer: key.get(options as never), party, browsers: [browser] };
    const about = { personId: bo, approvalId: asked.id, digest: asked.digest };
    expect(await identity.proveApproval(doorOf(bo), about, use)).toMatchObject({ code: 'auth/bad-passkey' });
  });

  it('by itself as a sign-in', async () => {
    const purpose = { kind: 'approve', personId: bo, approvalId: asked.id, digest: asked.digest } as const;
    const options = await identity.askForPasskey(purpose, browser, party);
    const use = { answer: key.get(options as never), party, browsers: [browser] };
    expect(await identity.signInWithPasskey(use, {})).toMatchObject({ code: 'auth/bad-passkey' });
  });

  it('by a key of nobody', async () => {
    const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    expect(await prove(asked, key, { odd: { signer } })).toMatchObject({ code: 'auth/bad-passkey' });
  });

  it('after five minutes', async () => {
    const proof = await proofOf(asked);
    const late = { ...proof, provedAtMs: Date.now() - freshSignInMs - 1_000 };
    expect(await decide(asked, late)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
  });

  it('by a key that was removed meanwhile', async () => {
    const proof = await proofOf(asked);
    const set = 'update passkeys set removed_at = $2 where person_id = $1';
    await corridor.database.owner.query(set, [bo, new Date()]);
    expect(await decide(asked, proof)).toMatchObject({ ok: false, code: 'auth/fresh-sign-in' });
    await corridor.database.owner.query(set, [bo, null]);
  });

  it('and nothing of all that was recorded as a decision', async () => {
    expect(await onlyQuestion(corridor)).toMatchObject({ id: asked.id });
    expect(await storedFor(asked)).toEqual([]);
    expect(await decide(asked, await proofOf(asked))).toMatchObject({ ok: true, state: 'granted' });
  });
});
