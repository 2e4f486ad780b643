import type { PersonId } from '../../../schemas/ids.ts';
import { add, conditionsFor } from '../read/conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from '../read/read-page.ts';
import type { IdentityContext } from './identity-context.ts';
import { type Token, type TokenRow, tokenColumns, toToken } from './token.ts';

/** Newest first, without those that ended more than 90 days ago; one person's when `personId` is given. */
export function listTokens(
  { database, tenant }: IdentityContext,
  personId: PersonId | null,
  request: PageRequest,
): Promise<Page<Token>> {
  const conditions = conditionsFor('tenant_id', tenant);
  conditions.clauses.push(`coalesce(revoked_at, expires_at) > clock_timestamp() - interval '90 days'`);
  add(conditions, 'person_id = ?', personId ?? undefined);
  return readPage<TokenRow, Token>(database, request, {
    question: questionOf('tokens', { personId: personId ?? undefined }),
    columns: tokenColumns,
    from: 'tokens',
    conditions,
    sortColumn: 'created_at',
    sortKind: 'time',
    idColumn: 'id',
    descending: true,
    toItem: toToken,
  });
}
