import type { PersonId } from '../../../schemas/ids.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeAndTell } from './identity-context.ts';
import { hashSecret, mintSecret } from './secret.ts';

/**
 * A secret that signs one person in once, within 15 minutes. Opening the page that carries it does
 * not use it up: mail scanners open links (facts 2.3, 10). Only the hash is stored.
 */
export function createSignInLink(
  context: IdentityContext,
  door: Door,
  personId: PersonId,
): Promise<{ ok: true; secret: string; expiresAt: string } | IdentityRefusal> {
  return context.database.transaction(async (tx) => {
    const secret = mintSecret('');
    const { rows } = await tx.query<{ expires_at: Date }>(
      `insert into sign_in_links (tenant_id, hash, person_id, expires_at)
       select tenant_id, $3, id, clock_timestamp() + $4 * interval '1 millisecond'
       from people where tenant_id = $1 and id = $2 and active for share
       returning expires_at`,
      [context.tenant, personId, hashSecret(secret), sessionPolicy.signInLinkMs],
    );
    const row = rows[0];
    if (row === undefined) {
      return {
        ok: false,
        code: 'request/not-found',
        detail: 'There is no such active person.',
      };
    }
    const expiresAt = row.expires_at.toISOString();
    const event = await writeAndTell(tx, context, door, {
      type: 'token.created',
      outcome: 'success',
      data: { kind: 'sign-in-link', personId, expiresAt },
    });
    await tx.query('update sign_in_links set event_id = $2 where hash = $1', [hashSecret(secret), event]);
    return { ok: true, secret, expiresAt };
  });
}
