import type { PasskeyId, PersonId } from '../../../schemas/ids.ts';
import { counterWentBack } from '../../core/identity/passkey-counter.ts';
import { type PasskeyAssertion, readAssertion } from '../../core/identity/read-passkey-answer.ts';
import type { RelyingParty } from '../../core/identity/relying-party.ts';
import type { Tx } from '../store/sql.ts';
import type { IdentityContext, IdentityRefusal } from './identity-context.ts';
import { judgeAssertion } from './passkey-ceremony.ts';
import { type OpenChallenge, type Purpose, takeChallenge } from './passkey-challenge.ts';

export interface PasskeyUse {
  /** As the browser sent it. */
  answer: string;
  party: RelyingParty;
  /** What this browser has: a challenge that was opened for one of them is its own. */
  browsers: readonly string[];
}

export interface ProvenPasskey {
  ok: true;
  passkeyId: PasskeyId;
  personId: PersonId;
  publicKey: Buffer;
  challenge: OpenChallenge;
  assertion: PasskeyAssertion;
}

/** Nobody was proved to be there. What is known of whoever tried goes into the entry. */
export interface PasskeyRefusal extends IdentityRefusal {
  /** Why, for the log; the person is told less. */
  why: string;
  passkeyId: PasskeyId | null;
  personId: PersonId | null;
}

interface Row {
  id: PasskeyId;
  person_id: PersonId;
  public_key: Buffer;
  counter: string;
  syncable: boolean;
}

/**
 * Takes the challenge and the key's answer to it, in the transaction of what it is for. The person's row is held until
 * the commit: whoever deactivates them waits, or was seen. The key's row too: of two answers with the same counter
 * one is second.
 */
export async function usePasskey(
  tx: Tx,
  { tenant }: IdentityContext,
  kinds: readonly Purpose['kind'][],
  { answer, party, browsers }: PasskeyUse,
): Promise<ProvenPasskey | PasskeyRefusal> {
  const assertion = readAssertion(answer);
  if (assertion === null) return refusal('the answer is not one of a key');
  const challenge = await takeChallenge(tx, tenant, assertion.challenge, kinds, browsers);
  if (challenge === null) return refusal('no such challenge is open for this browser');
  const key = await lockKey(tx, tenant, Buffer.from(assertion.credentialId, 'base64url'));
  if (key === null) return refusal('no such key works');
  const whose = { passkeyId: key.id, personId: key.person_id };
  if (challenge.personId !== null && challenge.personId !== key.person_id)
    return refusal('it is the key of another person', whose);
  // Where the key alone says who it is, it has to say so.
  const handle = assertion.userHandle;
  const said = handle === null ? null : Buffer.from(handle, 'base64url').toString('utf8');
  if (said !== key.person_id && (said !== null || challenge.personId === null))
    return refusal('the key says that it belongs to somebody else', whose);
  const judged = await judgeAssertion(party, assertion, key.public_key);
  if (!judged.ok) return refusal(judged.why, whose);
  const { counter, syncable, synced } = judged.value;
  // What a key can be copied to is settled when it is made (WebAuthn 7.2, 18).
  if (syncable !== key.syncable) return refusal('it is no longer the kind of key that was registered', whose);
  if (counterWentBack(Number(key.counter), counter)) {
    const why = `its counter is ${counter} and was ${key.counter}`;
    return { ...refusal(why, whose), code: 'auth/cloned-passkey', detail: 'The passkey counts backwards.' };
  }
  await tx.query(
    `update passkeys set counter = $3, synced = $4, used_at = clock_timestamp() where tenant_id = $1 and id = $2`,
    [tenant, key.id, counter, synced],
  );
  return { ok: true, ...whose, publicKey: key.public_key, challenge, assertion };
}

/** People come first, as for whoever deactivates one of them. */
async function lockKey(tx: Tx, tenant: string, credentialId: Buffer): Promise<Row | null> {
  const person = await tx.query(
    `select 1 from passkeys k join people p on p.tenant_id = k.tenant_id and p.id = k.person_id
     where k.tenant_id = $1 and k.credential_id = $2 and p.active for share of p`,
    [tenant, credentialId],
  );
  if (person.rows.length === 0) return null;
  const { rows } = await tx.query<Row>(
    `select id, person_id, public_key, counter::text as counter, syncable from passkeys
     where tenant_id = $1 and credential_id = $2 and removed_at is null for update`,
    [tenant, credentialId],
  );
  return rows[0] ?? null;
}

function refusal(
  why: string,
  whose: Pick<PasskeyRefusal, 'passkeyId' | 'personId'> = { passkeyId: null, personId: null },
): PasskeyRefusal {
  const detail = 'The answer of the passkey does not count. Nothing was done; try it again.';
  return { ok: false, code: 'auth/bad-passkey', detail, why, ...whose };
}
