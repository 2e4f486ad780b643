import type { PersonId } from '../../../schemas/ids.ts';
import type { GroupRule } from '../../core/identity/map-groups.ts';
import type { ProviderClaims } from '../../core/identity/provider-claims.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';
import type { Tx } from '../store/sql.ts';
import { beginSession } from './begin-session.ts';
import { followGroups } from './follow-groups.ts';
import type { Door, IdentityContext, IdentityRefusal } from './identity-context.ts';
import { findLinked, meantBy } from './meant-by.ts';
import { anotherPerson, deactivated, unknownPerson, usedBefore } from './refuse-sign-in.ts';
import { settleAccount } from './settle-account.ts';

/** What a provider has said, checked before, and what the browser asked for when it went there. */
export interface ProviderAnswer {
  issuer: string;
  claims: ProviderClaims;
  /** What the groups there are here; empty: people are made by hand, and only those come in. */
  rules: readonly GroupRule[];
  /** Of what only this browser knows; one answer is taken for each. */
  answer: Buffer;
  /** Hash of the session the browser had when it went there. It ends. */
  session: Buffer | null;
  /** It went there to prove anew who has that session, so nobody else may come back. */
  again: boolean;
}

/** Who changes people when nobody here does. */
const actor = { kind: 'system', id: 'identity-provider', channel: 'console' } as const;

/**
 * Opens a session for whom the provider means. Nothing of it is done in part: the answer is taken, the person linked
 * or made, their roles brought up to date and the session opened in one commit, each with its entry.
 *
 * @returns the session secret for the cookie, never stored in the clear.
 */
export function signInByProvider(
  context: IdentityContext,
  said: ProviderAnswer,
  requestId?: string,
): Promise<{ ok: true; session: string; personId: PersonId } | IdentityRefusal> {
  const door: Door = { actor, ...(requestId !== undefined && { requestId }) };
  return context.database.transaction(async (tx) => {
    if (!(await takeOnce(tx, context, said.answer))) return usedBefore;
    const account = await meantBy(tx, context, said);
    if ('ok' in account) return account;
    const asking = said.session === null ? null : await holderOf(tx, context, said.session);
    if (said.again && (asking === null || asking !== account.personId)) return anotherPerson;
    const settled = await settleAccount(tx, context, door, said, account);
    if (!settled.ok) return settled;
    const { personId } = settled;
    const followed = await followGroups(tx, context, door, said, { ...account, personId });
    if (followed !== null) return followed;
    const standing = await standsInTheWay(tx, context, said, personId);
    if (standing !== null) return standing;
    if (said.session !== null) await end(tx, context, said.session);
    const { provedAtMs, subject } = said.claims;
    const signedIn = {
      personId,
      way: 'oidc' as const,
      provedAt: provedAtMs === null ? null : new Date(provedAtMs).toISOString(),
      data: { issuer: said.issuer, subject },
    };
    const session = await beginSession(tx, context, signedIn, requestId === undefined ? {} : { requestId });
    return { ok: true, session, personId };
  });
}

/** Of two with the same one, one waits for the other and is refused. What is older than a sign-in lasts goes. */
async function takeOnce(tx: Tx, { tenant }: IdentityContext, answer: Buffer): Promise<boolean> {
  await tx.query(`delete from provider_answers where taken_at < clock_timestamp() - interval '1 day'`, []);
  const { rows } = await tx.query(
    'insert into provider_answers (tenant_id, hash) values ($1, $2) on conflict do nothing returning 1',
    [tenant, answer],
  );
  return rows.length === 1;
}

/** Whose session it is, if it still is one. */
async function holderOf(tx: Tx, { tenant }: IdentityContext, session: Buffer): Promise<string | null> {
  const { rows } = await tx.query<{ person_id: string }>(
    `select person_id from sessions where hash = $1 and tenant_id = $2 and ended_at is null
       and expires_at > clock_timestamp() and seen_at > clock_timestamp() - $3 * interval '1 millisecond'`,
    [session, tenant, sessionPolicy.idleMs],
  );
  return rows[0]?.person_id ?? null;
}

/**
 * Shared until the commit: whoever deactivates or unlinks them waits and ends this session, or is seen. The link is
 * looked at once more, as it may have gone while this waited.
 */
async function standsInTheWay(
  tx: Tx,
  context: IdentityContext,
  { issuer, claims }: ProviderAnswer,
  personId: PersonId,
): Promise<IdentityRefusal | null> {
  const { rows } = await tx.query(
    'select 1 from people where tenant_id = $1 and id = $2 and active for share',
    [context.tenant, personId],
  );
  if (rows.length === 0) return deactivated;
  const linked = await findLinked(tx, context, issuer, claims.subject);
  return linked?.id === personId ? null : unknownPerson('Your account was unlinked just now.');
}

async function end(tx: Tx, { tenant }: IdentityContext, session: Buffer): Promise<void> {
  await tx.query(
    'update sessions set ended_at = clock_timestamp() where hash = $1 and tenant_id = $2 and ended_at is null',
    [session, tenant],
  );
}
