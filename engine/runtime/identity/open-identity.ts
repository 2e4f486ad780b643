import type { PasskeyId, PersonId, TokenId } from '../../../schemas/ids.ts';
import type { RelyingParty } from '../../core/identity/relying-party.ts';
import type { PageRequest } from '../read/read-page.ts';
import { acknowledgeEvents } from './acknowledge-events.ts';
import { addPasskey, askForNewPasskey, type PasskeyOwner } from './add-passkey.ts';
import { asThem } from './as-them.ts';
import type { SignInRequest } from './begin-session.ts';
import { changePerson, type PersonChange } from './change-person.ts';
import { consumeSignInLink } from './consume-sign-in-link.ts';
import { createPerson, type NewPerson } from './create-person.ts';
import { createSignInLink } from './create-sign-in-link.ts';
import { createToken, type NewToken } from './create-token.ts';
import { disputeEvents } from './dispute-events.ts';
import { endSession } from './end-session.ts';
import { ensureAdministrator } from './ensure-administrator.ts';
import { findBySession } from './find-by-session.ts';
import { findByToken } from './find-by-token.ts';
import type { Door, IdentityContext } from './identity-context.ts';
import { listAccountEvents, listAccountNews } from './list-account-events.ts';
import { listPasskeys } from './list-passkeys.ts';
import { listPeople, type PeopleFilter } from './list-people.ts';
import { listTokens, type TokenFilter } from './list-tokens.ts';
import { createBadPasskeyLedger } from './note-bad-passkey.ts';
import { createMissingLedger, type Missing } from './note-missing.ts';
import { createSignedLedger, type SignedMessage } from './note-signed.ts';
import type { Purpose } from './passkey-challenge.ts';
import { peekSignInLink } from './peek-sign-in-link.ts';
import { proveApproval, proveWords, type ToApprove } from './prove-approval.ts';
import { proveOrder, type ToOrder } from './prove-order.ts';
import { findByEmail, readPerson } from './read-person.ts';
import { recordRefusal } from './record-refusal.ts';
import { removePasskey } from './remove-passkey.ts';
import { revokeToken } from './revoke-token.ts';
import { type ProviderAnswer, signInByProvider } from './sign-in-by-provider.ts';
import { askForPasskey, signInWithPasskey } from './sign-in-with-passkey.ts';
import { unlinkAccount } from './unlink-account.ts';
import type { PasskeyUse } from './use-passkey.ts';

/** The use cases of this folder with their context bound: the value that doors are handed. */
export function openIdentity(context: IdentityContext) {
  const missing = createMissingLedger(context);
  const signed = createSignedLedger(context);
  const badPasskeys = createBadPasskeyLedger(context);
  /** What changes people counts as long as whoever asks for it is let in. */
  const order = <Answer>(door: Door, run: (theirs: IdentityContext) => Promise<Answer>) =>
    asThem(context, { letIn: null, ...door }, (database) => run({ ...context, database }), {
      locksPeople: true,
    });
  return {
    createPerson: (door: Door, person: NewPerson) =>
      order(door, (theirs) => createPerson(theirs, door, person)),
    changePerson: (
      door: Door,
      id: PersonId,
      change: PersonChange,
      judge?: Parameters<typeof changePerson>[4],
    ) => order(door, (theirs) => changePerson(theirs, door, id, change, judge)),
    listPeople: (filter: PeopleFilter, page: PageRequest) => listPeople(context, filter, page),
    findByEmail: (email: string) => findByEmail(context, email),
    readPerson: (id: PersonId) => readPerson(context, id),
    createToken: (door: Door, token: NewToken) => order(door, (theirs) => createToken(theirs, door, token)),
    listTokens: (filter: TokenFilter, page: PageRequest) => listTokens(context, filter, page),
    revokeToken: (door: Door, id: TokenId, personId: PersonId | null) =>
      order(door, (theirs) => revokeToken(theirs, door, id, personId)),
    findByToken: (secret: string) => findByToken(context, secret),
    createSignInLink: (door: Door, personId: PersonId) =>
      order(door, (theirs) => createSignInLink(theirs, door, personId)),
    peekSignInLink: (secret: string) => peekSignInLink(context, secret),
    consumeSignInLink: (secret: string, request?: SignInRequest) =>
      consumeSignInLink(context, secret, request),
    listPasskeys: (personId: PersonId | null, page: PageRequest) => listPasskeys(context, personId, page),
    askForNewPasskey: (door: Door, person: PasskeyOwner, browser: string, party: RelyingParty) =>
      order(door, (theirs) => askForNewPasskey(theirs, door, person, browser, party)),
    addPasskey: (door: Door, passkey: { personId: PersonId; name: string }, use: PasskeyUse) =>
      order(door, (theirs) => addPasskey(theirs, badPasskeys, door, passkey, use)),
    removePasskey: (door: Door, by: { signedInAtMs: number | null }, id: PasskeyId, whose: PersonId | null) =>
      order(door, (theirs) => removePasskey(theirs, door, by, id, whose)),
    askForPasskey: (purpose: Exclude<Purpose, { kind: 'register' }>, browser: string, party: RelyingParty) =>
      askForPasskey(context, purpose, browser, party),
    signInWithPasskey: (use: PasskeyUse, request: SignInRequest) =>
      signInWithPasskey(context, badPasskeys, use, request),
    proveApproval: (door: Door, about: ToApprove, use: PasskeyUse) =>
      proveApproval(context, badPasskeys, door, about, use),
    proveWords: (door: Door, about: Parameters<typeof proveWords>[3], use: PasskeyUse) =>
      proveWords(context, badPasskeys, door, about, use),
    proveOrder: (door: Door, about: ToOrder, use: PasskeyUse) =>
      proveOrder(context, badPasskeys, door, about, use),
    listAccountEvents: (personId: PersonId, page: PageRequest) => listAccountEvents(context, personId, page),
    listAccountNews: (sessionHash: string) => listAccountNews(context, sessionHash),
    acknowledgeEvents: (door: Door, sessionHash: string, ids: readonly string[]) =>
      order(door, (theirs) => acknowledgeEvents(theirs, door, sessionHash, ids)),
    disputeEvents: (door: Door, personId: PersonId, ids: readonly string[]) =>
      order(door, (theirs) => disputeEvents(theirs, door, personId, ids)),
    unlinkAccount: (door: Door, personId: PersonId) =>
      order(door, (theirs) => unlinkAccount(theirs, door, personId)),
    signInByProvider: (said: ProviderAnswer, requestId?: string) =>
      signInByProvider(context, said, requestId),
    findBySession: (session: string) => findBySession(context, session),
    /** The same without counting as a request. */
    peekSession: (session: string) => findBySession(context, session, false),
    endSession: (session: string, requestId?: string) => endSession(context, session, requestId),
    ensureAdministrator: (groups?: readonly string[]) => ensureAdministrator(context, groups),
    recordRefusal: (door: Door, refusal: Parameters<typeof recordRefusal>[2]) =>
      recordRefusal(context, door, refusal),
    noteMissing: (door: Door, what: Missing) => missing.note(door, what),
    noteSigned: (door: Door, message: SignedMessage) => signed.note(door, message),
    /** Writes at once what was counted instead of written. */
    settle: async () =>
      void (await Promise.all([missing, signed, badPasskeys].map((ledger) => ledger.settle()))),
  };
}

export type Identity = ReturnType<typeof openIdentity>;
