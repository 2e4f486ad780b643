import type { PersonId } from '../../../schemas/ids.ts';
import { conditionsFor } from '../read/conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from '../read/read-page.ts';
import {
  type AccountEventItem,
  type AccountEventRow,
  accountEventColumns,
  isNews,
  stillTold,
  toAccountEvent,
} from './account-event.ts';
import type { IdentityContext } from './identity-context.ts';

/** What happened to somebody's account, newest first. */
export function listAccountEvents(
  { database, tenant }: IdentityContext,
  personId: PersonId,
  request: PageRequest,
): Promise<Page<AccountEventItem>> {
  const conditions = conditionsFor('e.tenant_id', tenant);
  conditions.clauses.push(stillTold, `e.person_id = $${conditions.values.push(personId)}`);
  return readPage<AccountEventRow, AccountEventItem>(database, request, {
    question: questionOf('account-events', { personId }),
    columns: accountEventColumns,
    from: 'account_events e',
    conditions,
    sortColumn: 'e.at',
    sortKind: 'time',
    idColumn: 'e.id',
    descending: true,
    toItem: toAccountEvent,
  });
}

/** More is to be seen on the page of the account. */
export const newsMax = 20;

/** What this session has to be told, newest first. */
export async function listAccountNews(
  { database, tenant }: IdentityContext,
  sessionHash: string,
): Promise<AccountEventItem[]> {
  const { rows } = await database.query<AccountEventRow>(
    `select ${accountEventColumns} from sessions s
     join account_events e on e.tenant_id = s.tenant_id and e.person_id = s.person_id
     where s.tenant_id = $1 and s.hash = decode($2, 'hex') and ${isNews}
     order by e.at desc, e.id desc limit ${newsMax}`,
    [tenant, sessionHash],
  );
  return rows.map(toAccountEvent);
}
