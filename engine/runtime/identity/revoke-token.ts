import type { PersonId, TokenId } from '../../../schemas/ids.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import type { TokenRow } from './token.ts';

type Row = Pick<TokenRow, 'kind' | 'person_id' | 'created_by' | 'revoked_at'>;

/**
 * From the next request on the token is nothing. Repeating it changes nothing and is fine.
 * `personId` limits it to that person's own tokens.
 */
export function revokeToken(
  context: IdentityContext,
  door: Door,
  tokenId: TokenId,
  personId: PersonId | null,
): Promise<{ ok: true } | IdentityRefusal> {
  return context.database.transaction(async (tx) => {
    const { rows } = await tx.query<Row>(
      `select kind, person_id, created_by, revoked_at from tokens where tenant_id = $1 and id = $2 and ($3::text is null or person_id = $3)
       for update`,
      [context.tenant, tokenId, personId],
    );
    const row = rows[0];
    if (row === undefined)
      return {
        ok: false,
        code: 'request/not-found',
        detail: 'There is no such token.',
      };
    if (row.revoked_at !== null) return { ok: true };
    await tx.query('update tokens set revoked_at = clock_timestamp() where tenant_id = $1 and id = $2', [
      context.tenant,
      tokenId,
    ]);
    await writeEntry(tx, context, door, {
      type: 'token.revoked',
      outcome: 'success',
      data: { tokenId, kind: row.kind, personId: row.person_id, createdBy: row.created_by },
    });
    return { ok: true };
  });
}
