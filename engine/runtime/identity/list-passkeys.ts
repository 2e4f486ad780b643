import type { PersonId } from '../../../schemas/ids.ts';
import { add, conditionsFor } from '../read/conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from '../read/read-page.ts';
import type { Sql } from '../store/sql.ts';
import type { IdentityContext } from './identity-context.ts';
import { type Passkey, type PasskeyRow, passkeyColumns, toPasskey } from './passkey.ts';

/** Those that work, newest first. @param personId null: everybody's */
export function listPasskeys(
  { database, tenant }: IdentityContext,
  personId: PersonId | null,
  request: PageRequest,
): Promise<Page<Passkey>> {
  const conditions = conditionsFor('tenant_id', tenant);
  conditions.clauses.push('removed_at is null');
  add(conditions, 'person_id = ?', personId ?? undefined);
  return readPage<PasskeyRow, Passkey>(database, request, {
    question: questionOf('passkeys', { personId: personId ?? undefined }),
    columns: passkeyColumns,
    from: 'passkeys',
    conditions,
    sortColumn: 'created_at',
    sortKind: 'time',
    idColumn: 'id',
    descending: true,
    toItem: toPasskey,
  });
}

/** What the browser is told of them: which it may ask, or need not make again. */
export async function readCredentials(sql: Sql, tenant: string, personId: PersonId): Promise<Buffer[]> {
  const { rows } = await sql.query<{ credential_id: Buffer }>(
    `select credential_id from passkeys where tenant_id = $1 and person_id = $2 and removed_at is null
     order by created_at desc limit 20`,
    [tenant, personId],
  );
  return rows.map((row) => row.credential_id);
}
