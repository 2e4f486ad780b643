import type { PersonId } from '../../../schemas/ids.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';
import type { Identified } from './identified.ts';
import type { IdentityContext } from './identity-context.ts';
import { hashSecret, looksLikeSecret } from './secret.ts';

interface Row {
  id: string;
  name: string;
  email: string | null;
  roles: string[];
  groups: string[];
  signed_in_at: Date | null;
  stale: boolean;
  idle_until: Date;
  expires_at: Date;
  has_passkey: boolean;
}

/**
 * A session's person. `signedInAt` tells how fresh the proof is, for decisions that need a fresh one; it is missing
 * when whoever saw the proof does not say when.
 */
export interface SessionIdentity extends Identified {
  signedInAt?: string;
  /** They can prove it once more with a key. */
  hasPasskey: boolean;
  /** When the session ends if nothing is asked any more; `atLatest`, whatever is asked. */
  ends: { at: string; atLatest: string };
}

const seen = `
update sessions set seen_at = clock_timestamp()
where hash = (select hash from sessions where hash = $1 for no key update skip locked)`;

/**
 * Null when the session ended, sat idle too long, is too old, or its person was deactivated. Moves
 * `seen_at` at most once a minute: a page that polls must not write a row for each request.
 * @param used false for a look that nobody asked for: it must not keep an idle session going
 */
export async function findBySession(
  context: IdentityContext,
  session: string,
  used = true,
): Promise<SessionIdentity | null> {
  if (!looksLikeSecret(session)) return null;
  const hash = hashSecret(session);
  const { rows } = await context.database.query<Row>(
    `select p.id, p.name, p.email, p.roles, p.groups, s.proved_at as signed_in_at,
       s.seen_at < clock_timestamp() - interval '1 minute' as stale,
       case when $4 and s.seen_at < clock_timestamp() - interval '1 minute' then clock_timestamp() else s.seen_at end
         + $3 * interval '1 millisecond' as idle_until, s.expires_at,
       exists (select 1 from passkeys k where k.tenant_id = p.tenant_id and k.person_id = p.id and k.removed_at is null) as has_passkey
     from sessions s join people p on p.tenant_id = s.tenant_id and p.id = s.person_id and p.active
     where s.hash = $1 and s.tenant_id = $2 and s.ended_at is null and s.expires_at > clock_timestamp()
       and s.seen_at > clock_timestamp() - $3 * interval '1 millisecond'`,
    [hash, context.tenant, sessionPolicy.idleMs, used],
  );
  const row = rows[0];
  if (row === undefined) return null;
  if (row.stale && used) {
    // An order of theirs may hold it; that it was used is seen by the next request too.
    await context.database.query(seen, [hash]);
  }
  return {
    tenant: context.tenant,
    kind: 'person',
    id: row.id,
    name: row.name,
    email: row.email,
    roles: row.roles,
    groups: row.groups,
    personId: row.id as PersonId,
    ...(row.signed_in_at !== null && { signedInAt: row.signed_in_at.toISOString() }),
    hasPasskey: row.has_passkey,
    sessionHash: hash.toString('hex'),
    ends: {
      at: new Date(Math.min(+row.idle_until, +row.expires_at)).toISOString(),
      atLatest: row.expires_at.toISOString(),
    },
  };
}
