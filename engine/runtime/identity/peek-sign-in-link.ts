import type { PersonId } from '../../../schemas/ids.ts';
import type { IdentityContext } from './identity-context.ts';
import { hashSecret, looksLikeSecret } from './secret.ts';

/** Whom the link would sign in; null when it is wrong, used or expired. Changes nothing. */
export async function peekSignInLink(
  context: IdentityContext,
  secret: string,
): Promise<{ personId: PersonId; name: string } | null> {
  if (!looksLikeSecret(secret)) return null;
  const { rows } = await context.database.query<{ id: string; name: string }>(
    `select p.id, p.name from sign_in_links l
     join people p on p.tenant_id = l.tenant_id and p.id = l.person_id and p.active
     where l.hash = $1 and l.tenant_id = $2 and l.used_at is null and l.expires_at > clock_timestamp()`,
    [hashSecret(secret), context.tenant],
  );
  const row = rows[0];
  return row === undefined ? null : { personId: row.id as PersonId, name: row.name };
}
