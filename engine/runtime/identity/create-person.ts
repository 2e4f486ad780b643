import type { Tx } from '../store/sql.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import { type Person, type PersonRow, personColumns, toPerson } from './person.ts';

export interface NewPerson {
  name: string;
  email: string | null;
  roles: string[];
  groups: string[];
}

/** A person who can sign in once somebody gives them a link. Mail addresses are unique, whatever their case. */
export function createPerson(
  context: IdentityContext,
  door: Door,
  person: NewPerson,
): Promise<{ ok: true; person: Person } | IdentityRefusal> {
  return context.database.transaction((tx) => createPersonIn(tx, context, door, person));
}

/** The same in a transaction that does more. */
export async function createPersonIn(
  tx: Tx,
  context: IdentityContext,
  door: Door,
  person: NewPerson,
): Promise<{ ok: true; person: Person } | IdentityRefusal> {
  const id = context.mint('PersonId');
  const { rows } = await tx.query<PersonRow>(
    `insert into people (tenant_id, id, name, email, roles, groups) values ($1, $2, $3, $4, $5, $6)
       on conflict do nothing returning ${personColumns}`,
    [context.tenant, id, person.name, person.email, person.roles, person.groups],
  );
  const row = rows[0];
  if (row === undefined) {
    return {
      ok: false,
      code: 'request/conflict',
      detail: 'Somebody with this mail address exists already.',
    };
  }
  await writeEntry(tx, context, door, {
    type: 'person.created',
    outcome: 'success',
    data: { personId: id, roles: person.roles, groups: person.groups },
  });
  return { ok: true, person: toPerson(row) };
}
