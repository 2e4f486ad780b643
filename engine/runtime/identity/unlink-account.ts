import type { PersonId } from '../../../schemas/ids.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';

/**
 * Forgets which accounts at identity providers are this person's, and ends the sessions that came from there: somebody
 * got a new account, or the wrong one was linked. The next account with their checked address is linked again, so
 * somebody without an address stays as they are: a second person would be made of them. Repeating it is fine.
 */
export function unlinkAccount(
  context: IdentityContext,
  door: Door,
  personId: PersonId,
): Promise<{ ok: true } | IdentityRefusal> {
  return context.database.transaction(async (tx) => {
    const found = await tx.query<{ email: string | null }>(
      'select email from people where tenant_id = $1 and id = $2 for update',
      [context.tenant, personId],
    );
    const person = found.rows[0];
    if (person === undefined)
      return { ok: false, code: 'request/not-found', detail: 'There is no such person.' };
    if (person.email === null)
      return {
        ok: false,
        code: 'request/conflict',
        detail: 'Without a mail address no other account could be linked. Deactivate them instead.',
      };
    const { rows } = await tx.query<{ subject: string }>(
      'delete from provider_identities where tenant_id = $1 and person_id = $2 returning subject',
      [context.tenant, personId],
    );
    if (rows.length === 0) return { ok: true };
    await tx.query(
      `update sessions set ended_at = clock_timestamp()
       where tenant_id = $1 and person_id = $2 and way = 'oidc' and ended_at is null`,
      [context.tenant, personId],
    );
    await writeEntry(tx, context, door, {
      type: 'person.unlinked',
      outcome: 'success',
      data: { personId, subjects: rows.map(({ subject }) => subject).sort() },
    });
    return { ok: true };
  });
}
