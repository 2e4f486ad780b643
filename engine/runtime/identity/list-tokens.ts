import type { PersonId } from '../../../schemas/ids.ts';
import type { IdentityContext } from './identity-context.ts';
import { type Token, type TokenRow, tokenColumns, toToken } from './token.ts';

/** Newest first, without those that ended more than 90 days ago; one person's when `personId` is given. */
export async function listTokens(context: IdentityContext, personId: PersonId | null): Promise<Token[]> {
  const { rows } = await context.database.query<TokenRow>(
    `select ${tokenColumns} from tokens
     where tenant_id = $1 and ($2::text is null or person_id = $2)
       and coalesce(revoked_at, expires_at) > clock_timestamp() - interval '90 days'
     order by created_at desc, id desc limit 1000`,
    [context.tenant, personId],
  );
  return rows.map(toToken);
}
