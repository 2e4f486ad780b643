import type { PersonId } from '../../../schemas/ids.ts';
import type { IdentityContext } from './identity-context.ts';
import { type Person, type PersonRow, personColumns, toPerson } from './person.ts';

/** One person, active or not; null when there is none. A list is bounded, so a right must not hang on it. */
export async function readPerson(context: IdentityContext, personId: PersonId): Promise<Person | null> {
  const { rows } = await context.database.query<PersonRow>(
    `select ${personColumns} from people where tenant_id = $1 and id = $2`,
    [context.tenant, personId],
  );
  const row = rows[0];
  return row === undefined ? null : toPerson(row);
}

/** The one with this address, however it is spelt. */
export async function findByEmail(
  { database, tenant }: IdentityContext,
  email: string,
): Promise<Person | null> {
  const { rows } = await database.query<PersonRow>(
    `select ${personColumns} from people where tenant_id = $1 and lower(email) = lower($2)`,
    [tenant, email],
  );
  const row = rows[0];
  return row === undefined ? null : toPerson(row);
}
