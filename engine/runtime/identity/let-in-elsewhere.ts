import { sessionPolicy } from '../../core/identity/session-policy.ts';
import type { Tx } from '../store/sql.ts';
import type { IdentityContext } from './identity-context.ts';
import { hashSecret } from './secret.ts';
import type { PasskeyRefusal, ProvenPasskey } from './use-passkey.ts';

/**
 * Whom a provider has made is let in by it, or by a link of an administrator: at each of their sign-ins it says whether
 * they are still one of its people, and with which roles. A key asks nobody, so with it alone they would come in for
 * ever. It proves anew that they are there, and the session that begins lasts no longer than the one they have.
 *
 * @returns until when the session lasts at most; null for people made by hand
 */
export async function boundOf(
  tx: Tx,
  { tenant }: IdentityContext,
  { personId, passkeyId, challenge }: ProvenPasskey,
  previousSession: string | undefined,
): Promise<{ ok: true; until: Date | null } | PasskeyRefusal> {
  const { rows } = await tx.query<{ until: Date | null }>(
    `select (select s.expires_at from sessions s where s.hash = $3 and s.tenant_id = p.tenant_id and s.person_id = p.id
         and s.ended_at is null and s.expires_at > clock_timestamp()
         and s.seen_at > clock_timestamp() - $4 * interval '1 millisecond') as until
     from people p where p.tenant_id = $1 and p.id = $2 and p.follows_provider`,
    [tenant, personId, hashSecret(previousSession ?? ''), sessionPolicy.idleMs],
  );
  const [follower] = rows;
  if (follower === undefined) return { ok: true, until: null };
  const { until } = follower;
  if (challenge.kind === 'again' && until !== null) return { ok: true, until };
  const why = 'its person is let in by the identity provider';
  return { ok: false, code: 'auth/bad-passkey', detail, why, passkeyId, personId };
}

const detail =
  'You come in through the identity provider, or with a link. With that session your passkey proves that it is you.';
