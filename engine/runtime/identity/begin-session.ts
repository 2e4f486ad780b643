import type { PersonId } from '../../../schemas/ids.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';
import type { Sql } from '../store/sql.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';
import { hashSecret, mintSecret } from './secret.ts';

export interface SignedIn {
  personId: PersonId;
  /** How they proved who they are. */
  way: 'link' | 'oidc' | 'passkey';
  /**
   * RFC 3339, when somebody else saw the proof before us; never later than now. Without it: now. Null when they do
   * not say: nobody knows, and nothing that needs a fresh proof may rest on it.
   */
  provedAt?: string | null;
  /** When it ends at the latest, if that is sooner than for others. */
  until?: Date | null;
  /** Facts for the entry, e.g. which key. */
  data?: Record<string, string>;
}

export interface SignInRequest {
  requestId?: string;
  /** Of the same browser: it ends, so that a stolen one does not live beside the new one. */
  previousSession?: string;
}

/**
 * The last step of every way in, in the transaction that checked the proof. The caller holds the person's
 * row until the commit, so that whoever deactivates them waits and ends this session, or was seen.
 *
 * @returns the session secret for the cookie, never stored in the clear.
 */
export async function beginSession(
  tx: Sql,
  context: IdentityContext,
  { personId, way, provedAt, until = null, data }: SignedIn,
  { requestId, previousSession }: SignInRequest,
): Promise<string> {
  if (previousSession !== undefined) {
    await tx.query('update sessions set ended_at = clock_timestamp() where hash = $1 and ended_at is null', [
      hashSecret(previousSession),
    ]);
  }
  const session = mintSecret('');
  await tx.query(
    `insert into sessions (tenant_id, hash, person_id, expires_at, way, proved_at)
     values ($1, $2, $3, least(clock_timestamp() + $4 * interval '1 millisecond', $8::timestamptz), $5,
       case when $7 then least($6::timestamptz, clock_timestamp()) end)`,
    [
      context.tenant,
      hashSecret(session),
      personId,
      sessionPolicy.absoluteMs,
      way,
      provedAt ?? null,
      provedAt !== null,
      until,
    ],
  );
  const door: Door = {
    actor: { kind: 'person', id: personId, channel: 'console' },
    ...(requestId !== undefined && { requestId }),
  };
  await writeEntry(tx, context, door, {
    type: 'auth.signed-in',
    outcome: 'success',
    data: { way, ...(provedAt !== undefined && { provedAt }), ...data },
  });
  return session;
}
