import type { PersonId } from '../../../schemas/ids.ts';
import { beginSession, type SignInRequest } from './begin-session.ts';
import { type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import { hashSecret, looksLikeSecret } from './secret.ts';

const badLink: IdentityRefusal = {
  ok: false,
  code: 'auth/bad-link',
  detail: 'The link was used before, has expired, or is not complete.',
};

/**
 * Uses the link up and opens a session with a new id. Of two requests with the same link one wins.
 *
 * @returns the session secret for the cookie, never stored in the clear.
 */
export function consumeSignInLink(
  context: IdentityContext,
  secret: string,
  request: SignInRequest = {},
): Promise<{ ok: true; session: string; personId: PersonId } | IdentityRefusal> {
  const { requestId } = request;
  const door = requestId === undefined ? {} : { requestId };
  return context.database.transaction(async (tx) => {
    const used = looksLikeSecret(secret)
      ? await tx.query<{ person_id: string; event_id: string | null }>(
          // The person is shared until the commit: whoever deactivates them waits and ends this session, or is seen.
          `with person as (
             select l.hash, p.id from sign_in_links l join people p on p.tenant_id = l.tenant_id and p.id = l.person_id
             where l.hash = $1 and l.tenant_id = $2 and p.active for share of p)
           update sign_in_links l set used_at = clock_timestamp() from person
           where l.hash = person.hash and l.used_at is null and l.expires_at > clock_timestamp()
           returning l.person_id, l.event_id`,
          [hashSecret(secret), context.tenant],
        )
      : { rows: [] };
    const personId = used.rows[0]?.person_id;
    if (personId === undefined) {
      await writeEntry(
        tx,
        context,
        {
          ...door,
          actor: { kind: 'system', id: 'identity', channel: 'console' },
        },
        { type: 'auth.failed', outcome: 'denied', code: 'auth/bad-link' },
      );
      return badLink;
    }
    const session = await beginSession(tx, context, { personId: personId as PersonId, way: 'link' }, request);
    // Whoever came with it knows of it; all their other sessions are told.
    await tx.query(
      'update account_events set used_at = clock_timestamp(), used_in = $3 where tenant_id = $1 and id = $2',
      [context.tenant, used.rows[0]?.event_id, hashSecret(session)],
    );
    return { ok: true, session, personId: personId as PersonId };
  });
}
