import type { PasskeyId, PersonId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { sha256Of } from '../../core/approval/check-evidence.ts';
import { readAttestation } from '../../core/identity/read-passkey-answer.ts';
import type { RelyingParty } from '../../core/identity/relying-party.ts';
import type { Tx } from '../store/sql.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import { readCredentials } from './list-passkeys.ts';
import type { BadPasskeyLedger } from './note-bad-passkey.ts';
import { judgeAttestation, publicKeyOf, registrationOptions } from './passkey-ceremony.ts';
import { openChallenge, takeChallenge } from './passkey-challenge.ts';
import { provedJustNow } from './proved-just-now.ts';
import type { PasskeyUse } from './use-passkey.ts';

/*
 * A person registers a key, for themselves alone. The fresh proof is asked for where the challenge is opened: without
 * that challenge no answer counts, so whoever finds a session lying open makes no key of their own with it.
 */

/** A phone, a laptop, two keys in a drawer, and as many again. */
export const passkeysMax = 20;

export interface PasskeyOwner {
  id: PersonId;
  name: string;
  /** When they proved who they are; null when whoever saw it does not say. */
  signedInAtMs: number | null;
}

/** Options for the browser. */
export async function askForNewPasskey(
  context: IdentityContext,
  door: Door,
  person: PasskeyOwner,
  browser: string,
  party: RelyingParty,
): Promise<{ ok: true; options: JsonObject } | IdentityRefusal> {
  return context.database.transaction(async (tx) => {
    const stale = await provedJustNow(tx, context, door, person.signedInAtMs);
    if (stale !== null) return stale;
    const known = await readCredentials(tx, context.tenant, person.id);
    if (known.length >= passkeysMax) return tooMany;
    const purpose = { kind: 'register', personId: person.id } as const;
    const challenge = await openChallenge(tx, context.tenant, purpose, browser);
    return { ok: true, options: await registrationOptions(party, person, challenge, known) };
  });
}

export async function addPasskey(
  context: IdentityContext,
  ledger: BadPasskeyLedger,
  door: Door,
  { personId, name }: { personId: PersonId; name: string },
  use: PasskeyUse,
): Promise<{ ok: true; passkeyId: PasskeyId } | IdentityRefusal> {
  const added = await context.database.transaction(async (tx) => {
    const { tenant } = context;
    const attestation = readAttestation(use.answer);
    if (attestation === null) return bad('the answer is not one of a key');
    const challenge = await takeChallenge(tx, tenant, attestation.challenge, ['register'], use.browsers);
    if (challenge?.personId !== personId) return bad('no such challenge is open for this browser');
    const judged = await judgeAttestation(use.party, attestation);
    if (!judged.ok) return bad(judged.why);
    // Held until the commit: what is registered while they are deactivated would let them in later. Counted under it.
    const person = await tx.query(
      'select 1 from people where tenant_id = $1 and id = $2 and active for no key update',
      [tenant, personId],
    );
    if (person.rows.length === 0) return bad('its person was deactivated');
    if ((await readCredentials(tx, tenant, personId)).length >= passkeysMax) return tooMany;
    return insert(tx, context, door, { personId, name, ...judged.value });
  });
  if (added.ok || !('why' in added)) return added;
  await ledger.note(door, { ...added, passkeyId: null });
  return { ok: false, code: added.code, detail: added.detail };
}

type NewRow = { personId: PersonId; name: string } & Extract<
  Awaited<ReturnType<typeof judgeAttestation>>,
  { ok: true }
>['value'];

async function insert(
  tx: Tx,
  context: IdentityContext,
  door: Door,
  { personId, name, credentialId, publicKey, counter, syncable, synced }: NewRow,
): Promise<{ ok: true; passkeyId: PasskeyId } | IdentityRefusal> {
  const passkeyId = context.mint('PasskeyId');
  const { rows } = await tx.query(
    `insert into passkeys (tenant_id, id, credential_id, person_id, name, public_key, counter, syncable, synced)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (tenant_id, credential_id) do nothing returning 1`,
    [context.tenant, passkeyId, credentialId, personId, name, publicKey, counter, syncable, synced],
  );
  if (rows.length === 0) return knownBefore;
  // With the hash of the key an auditor knows later whose signature stands below a decision.
  const publicKeyHash = sha256Of(publicKeyOf(publicKey));
  await writeEntry(tx, context, door, {
    type: 'passkey.created',
    outcome: 'success',
    data: { passkeyId, personId, name, syncable, publicKey: publicKeyHash },
  });
  return { ok: true, passkeyId };
}

const tooMany: IdentityRefusal = {
  ok: false,
  code: 'request/conflict',
  detail: `You have ${passkeysMax} passkeys. Remove one first.`,
};

const knownBefore: IdentityRefusal = {
  ok: false,
  code: 'request/conflict',
  detail: 'This passkey is registered already, or was and has been removed. Make a new one.',
};

function bad(why: string) {
  const detail = 'The answer of the passkey does not count. Nothing was registered; try it again.';
  return { ok: false, code: 'auth/bad-passkey', detail, why } as const;
}
