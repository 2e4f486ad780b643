import type { IdentityContext } from './identity-context.ts';
import { type Person, type PersonRow, personColumns, toPerson } from './person.ts';

/** Everybody, by name. Installations have dozens of people, so this is one page. */
export async function listPeople(context: IdentityContext): Promise<Person[]> {
  const { rows } = await context.database.query<PersonRow>(
    `select ${personColumns} from people where tenant_id = $1 order by lower(name), id limit 1000`,
    [context.tenant],
  );
  return rows.map(toPerson);
}
