import { add, conditionsFor, containing } from '../read/conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from '../read/read-page.ts';
import type { IdentityContext } from './identity-context.ts';
import { type Person, type PersonRow, personColumns, toPerson } from './person.ts';

export interface PeopleFilter {
  active?: boolean | undefined;
  /** Text in the name or the address. */
  q?: string | undefined;
}

/** Everybody, by name. */
export function listPeople(
  { database, tenant }: IdentityContext,
  filter: PeopleFilter,
  request: PageRequest,
): Promise<Page<Person>> {
  const conditions = conditionsFor('tenant_id', tenant);
  add(conditions, 'active = ?', filter.active);
  add(conditions, '(name ilike ? or email ilike ?)', containing(filter.q));
  return readPage<PersonRow, Person>(database, request, {
    question: questionOf('people', filter),
    columns: personColumns,
    from: 'people',
    conditions,
    sortColumn: 'lower(name)',
    sortKind: 'text',
    idColumn: 'id',
    descending: false,
    toItem: toPerson,
  });
}
