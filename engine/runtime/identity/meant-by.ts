import type { PersonId } from '../../../schemas/ids.ts';
import { type GroupRule, mapGroups } from '../../core/identity/map-groups.ts';
import type { ProviderClaims } from '../../core/identity/provider-claims.ts';
import type { Tx } from '../store/sql.ts';
import type { IdentityContext, IdentityRefusal } from './identity-context.ts';
import { type Person, type PersonRow, personColumns, toPerson } from './person.ts';
import { deactivated, noRole, unknownPerson } from './refuse-sign-in.ts';

/** Whom a provider's word means here, and whether that is written down yet. */
export interface Account {
  /** Null: somebody who is to be made. */
  personId: PersonId | null;
  linked: boolean;
  /** Their roles follow the groups at the provider. */
  made: boolean;
  /** As they were when they were looked up; null: to be made. */
  before: Person | null;
}

const unchecked = 'The provider has not checked your mail address, or says none.';

/** The part of an answer that says who it is about. */
export interface Said {
  issuer: string;
  claims: ProviderClaims;
  rules: readonly GroupRule[];
}

/**
 * By the provider's own word once it is linked. Before that by an address that the provider has checked, if it is
 * that of an active person whom no other account of this provider is linked to; never by a name. Where groups have
 * roles, somebody who is nobody here yet is made; who may be somebody here already is not, because one person as two
 * could approve what takes two. Changes nothing.
 */
export async function meantBy(
  tx: Tx,
  context: IdentityContext,
  { issuer, claims, rules }: Said,
): Promise<Account | IdentityRefusal> {
  const linked =
    (await findLinked(tx, context, issuer, claims.subject)) ??
    (await firstTime(tx, context, issuer, claims.subject));
  if (linked !== null) {
    const { made, ...row } = linked;
    const before = toPerson(row);
    return before.active ? { personId: before.id, linked: true, made, before } : deactivated;
  }
  const { email, emailVerified } = claims;
  const letIn = mapGroups(rules, claims.groups).roles.length > 0;
  // Before anybody is looked up: who may be anybody is not told who is here.
  if (!letIn && !emailVerified) return rules.length > 0 ? noRole : unknownPerson(unchecked);
  const named = email === null ? null : await findByAddress(tx, context, issuer, email);
  if (named !== null) {
    if (!named.active) return deactivated;
    if (!emailVerified) return unknownPerson(unchecked);
    if (named.taken)
      return unknownPerson('Another account of the provider is linked to your mail address here.');
    const before = toPerson(named);
    return { personId: before.id, linked: false, made: named.made, before };
  }
  if (rules.length === 0) return unknownPerson('Nobody here has the mail address that the provider says.');
  if (!letIn) return noRole;
  if (email === null) return unknownPerson('The provider says no mail address, so you may be here already.');
  return { personId: null, linked: false, made: true, before: null };
}

type LinkedRow = PersonRow & { made: boolean };

/** Whose account it is. */
export async function findLinked(
  tx: Tx,
  { tenant }: IdentityContext,
  issuer: string,
  subject: string,
): Promise<LinkedRow | null> {
  const { rows } = await tx.query<LinkedRow>(
    `select ${columnsOf('p')}, p.follows_provider as made from provider_identities i
     join people p on p.tenant_id = i.tenant_id and p.id = i.person_id
     where i.tenant_id = $1 and i.issuer = $2 and i.subject = $3`,
    [tenant, issuer, subject],
  );
  return rows[0] ?? null;
}

/** First times come one after the other until their commit, so that two at once link or make one; then it looks again. */
async function firstTime(
  tx: Tx,
  context: IdentityContext,
  issuer: string,
  subject: string,
): Promise<LinkedRow | null> {
  await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`riposte/identities/${context.tenant}`]);
  return findLinked(tx, context, issuer, subject);
}

/** `taken`: another account of this provider is theirs. */
async function findByAddress(
  tx: Tx,
  { tenant }: IdentityContext,
  issuer: string,
  email: string,
): Promise<(LinkedRow & { taken: boolean }) | null> {
  const { rows } = await tx.query<LinkedRow & { taken: boolean }>(
    `select ${columnsOf('p')}, p.follows_provider as made, exists (select 1 from provider_identities i
       where i.tenant_id = p.tenant_id and i.issuer = $3 and i.person_id = p.id) as taken
     from people p where p.tenant_id = $1 and lower(p.email) = lower($2)`,
    [tenant, email, issuer],
  );
  return rows[0] ?? null;
}

function columnsOf(table: string): string {
  return personColumns
    .split(', ')
    .map((column) => `${table}.${column}`)
    .join(', ');
}
