import type { PersonId } from '../../../schemas/ids.ts';
import { mapGroups } from '../../core/identity/map-groups.ts';
import type { Tx } from '../store/sql.ts';
import { createPersonIn } from './create-person.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import type { Account, Said } from './meant-by.ts';
import { unknownPerson } from './refuse-sign-in.ts';

/** Writes down what `meantBy` found, with its entries: makes the person, links them. */
export async function settleAccount(
  tx: Tx,
  context: IdentityContext,
  door: Door,
  { issuer, claims, rules }: Said,
  account: Account,
): Promise<{ ok: true; personId: PersonId } | IdentityRefusal> {
  if (account.linked && account.personId !== null) return { ok: true, personId: account.personId };
  let { personId } = account;
  if (personId === null) {
    const { name, email, emailVerified } = claims;
    const { roles, groups } = mapGroups(rules, claims.groups);
    // An address that nobody checked must not make its bearer an approver who is named by it.
    const person = {
      name: name ?? email ?? claims.subject,
      email: emailVerified ? email : null,
      roles,
      groups,
    };
    const created = await createPersonIn(tx, context, door, person);
    if (!created.ok) return unknownPerson('Somebody here has your mail address since just now.');
    personId = created.person.id;
    await tx.query('update people set follows_provider = true where tenant_id = $1 and id = $2', [
      context.tenant,
      personId,
    ]);
  }
  await tx.query(
    'insert into provider_identities (tenant_id, issuer, subject, person_id) values ($1, $2, $3, $4)',
    [context.tenant, issuer, claims.subject, personId],
  );
  await writeEntry(tx, context, door, {
    type: 'person.linked',
    outcome: 'success',
    data: { personId, issuer, subject: claims.subject },
  });
  return { ok: true, personId };
}
