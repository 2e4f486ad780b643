import type { PasskeyId, PersonId } from '../../../schemas/ids.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import { provedJustNow } from './proved-just-now.ts';

/**
 * From now on the key proves nothing, also not for a sign-in that is under way. Sessions that it began go on: they are
 * ended by signing out, or by deactivating the person. Repeating it changes nothing and is fine.
 *
 * @param by who removes it, and when they proved who they are
 * @param whose null: anybody's, for an administrator
 */
export function removePasskey(
  context: IdentityContext,
  door: Door,
  by: { signedInAtMs: number | null },
  passkeyId: PasskeyId,
  whose: PersonId | null,
): Promise<{ ok: true } | IdentityRefusal> {
  const { tenant } = context;
  return context.database.transaction(async (tx) => {
    const stale = await provedJustNow(tx, context, door, by.signedInAtMs);
    if (stale !== null) return stale;
    const { rows } = await tx.query<{ person_id: string; removed_at: Date | null }>(
      `select person_id, removed_at from passkeys
       where tenant_id = $1 and id = $2 and ($3::text is null or person_id = $3) for update`,
      [tenant, passkeyId, whose],
    );
    const row = rows[0];
    if (row === undefined)
      return { ok: false, code: 'request/not-found', detail: 'There is no such passkey.' };
    if (row.removed_at !== null) return { ok: true };
    await tx.query('update passkeys set removed_at = clock_timestamp() where tenant_id = $1 and id = $2', [
      tenant,
      passkeyId,
    ]);
    await writeEntry(tx, context, door, {
      type: 'passkey.removed',
      outcome: 'success',
      data: { passkeyId, personId: row.person_id },
    });
    return { ok: true };
  });
}
