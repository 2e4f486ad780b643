import type { PersonId, TokenId } from '../../../schemas/ids.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import { hashSecret, mintSecret, tokenPrefix } from './secret.ts';
import { type Token, type TokenRow, tokenColumns, toToken } from './token.ts';

export interface NewToken {
  /** A person's token speaks as that person; a service token never decides approvals. */
  personId: PersonId | null;
  name: string;
  /** The scope: what it may at most. A person's token never has more than the person has now. */
  roles: string[];
  /** At most 90 days, which is also the default. */
  lifeMs?: number;
  /** The token that asks for it, if any: the new one does not outlive it. */
  throughToken?: TokenId;
}

/** Returns the secret once; only its hash is stored. */
export function createToken(
  context: IdentityContext,
  door: Door,
  token: NewToken,
): Promise<{ ok: true; token: Token; secret: string } | IdentityRefusal> {
  const lifeMs = Math.min(token.lifeMs ?? sessionPolicy.tokenLifeMsMax, sessionPolicy.tokenLifeMsMax);
  return context.database.transaction(async (tx) => {
    // Whoever makes it as well: what is made while they are deactivated would be in no list of what they leave behind.
    const needed = [token.personId, door.actor.kind === 'person' ? door.actor.id : null].filter(isGiven);
    const people = await tx.query(
      'select 1 from people where tenant_id = $1 and id = any($2) and active order by id for share',
      [context.tenant, needed],
    );
    if (people.rows.length < new Set(needed).size) {
      return {
        ok: false,
        code: 'request/not-found',
        detail: 'There is no such active person.',
      };
    }
    const secret = mintSecret(tokenPrefix);
    const id = context.mint('TokenId');
    const kind = token.personId === null ? 'service' : 'person';
    const { rows } = await tx.query<TokenRow>(
      `insert into tokens (tenant_id, id, hash, kind, person_id, name, roles, created_by, expires_at)
       select $1, $2, $3, $4, $5, $6, $7, $8, least(
         clock_timestamp() + $9 * interval '1 millisecond',
         (select expires_at from tokens where tenant_id = $1 and id = $10))
       returning ${tokenColumns}`,
      [
        context.tenant,
        id,
        hashSecret(secret),
        kind,
        token.personId,
        token.name,
        token.roles,
        door.actor.id,
        lifeMs,
        token.throughToken ?? null,
      ],
    );
    const row = rows[0];
    if (row === undefined) throw new Error('the new token was not returned');
    await writeEntry(tx, context, door, {
      type: 'token.created',
      outcome: 'success',
      data: {
        tokenId: id,
        kind,
        personId: token.personId,
        roles: token.roles,
        expiresAt: row.expires_at.toISOString(),
      },
    });
    return { ok: true, token: toToken(row), secret };
  });
}

function isGiven(id: string | null): id is string {
  return id !== null;
}
