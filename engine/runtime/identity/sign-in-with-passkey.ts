import type { PersonId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { RelyingParty } from '../../core/identity/relying-party.ts';
import { beginSession, type SignInRequest } from './begin-session.ts';
import type { IdentityContext, IdentityRefusal } from './identity-context.ts';
import { boundOf } from './let-in-elsewhere.ts';
import { readCredentials } from './list-passkeys.ts';
import type { BadPasskeyLedger } from './note-bad-passkey.ts';
import { assertionOptions } from './passkey-ceremony.ts';
import { openChallenge, type Purpose } from './passkey-challenge.ts';
import { type PasskeyUse, usePasskey } from './use-passkey.ts';

/** What the browser is told to ask a key: any of ours, or one of the person who is signed in already. */
export function askForPasskey(
  { database, tenant }: IdentityContext,
  purpose: Exclude<Purpose, { kind: 'register' }>,
  browser: string,
  party: RelyingParty,
): Promise<JsonObject> {
  return database.transaction(async (tx) => {
    const challenge = await openChallenge(tx, tenant, purpose, browser);
    const allowed = purpose.kind === 'sign-in' ? [] : await readCredentials(tx, tenant, purpose.personId);
    return assertionOptions(party, challenge, allowed);
  });
}

/** A key signs its person in, or proves once more that they are there: the session is a new one in both cases. */
export async function signInWithPasskey(
  context: IdentityContext,
  ledger: BadPasskeyLedger,
  use: PasskeyUse,
  request: SignInRequest,
): Promise<{ ok: true; session: string; personId: PersonId } | IdentityRefusal> {
  const used = await context.database.transaction(async (tx) => {
    const proven = await usePasskey(tx, context, ['sign-in', 'again'], use);
    if (!proven.ok) return proven;
    const { personId, passkeyId } = proven;
    const bound = await boundOf(tx, context, proven, request.previousSession);
    if (!bound.ok) return bound;
    const signedIn = { personId, way: 'passkey', until: bound.until, data: { passkeyId } } as const;
    return { ok: true, session: await beginSession(tx, context, signedIn, request), personId } as const;
  });
  if (used.ok) return used;
  const actor = { kind: 'system', id: 'identity', channel: 'console' } as const;
  const { requestId } = request;
  await ledger.note({ actor, ...(requestId !== undefined && { requestId }) }, used);
  return { ok: false, code: used.code, detail: used.detail };
}
