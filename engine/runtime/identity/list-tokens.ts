import type { PersonId } from '../../../schemas/ids.ts';
import { add, conditionsFor } from '../read/conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from '../read/read-page.ts';
import type { IdentityContext } from './identity-context.ts';
import { makerLeft, type Token, type TokenRow, tokenColumns, tokenWorks, toToken } from './token.ts';

export interface TokenFilter {
  /** Null: everybody's and those of services. */
  personId: PersonId | null;
  /** Whether whoever made it has been deactivated. */
  createdByLeft?: boolean | undefined;
  /** Whether it lets somebody in. */
  works?: boolean | undefined;
}

/** Newest first, without those that ended more than 90 days ago. */
export function listTokens(
  { database, tenant }: IdentityContext,
  { personId, createdByLeft, works }: TokenFilter,
  request: PageRequest,
): Promise<Page<Token>> {
  const conditions = conditionsFor('tenant_id', tenant);
  conditions.clauses.push(`coalesce(revoked_at, expires_at) > clock_timestamp() - interval '90 days'`);
  add(conditions, 'person_id = ?', personId ?? undefined);
  add(conditions, `${makerLeft} = ?`, createdByLeft);
  add(conditions, `(${tokenWorks}) = ?`, works);
  return readPage<TokenRow, Token>(database, request, {
    question: questionOf('tokens', { personId: personId ?? undefined, createdByLeft, works }),
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
