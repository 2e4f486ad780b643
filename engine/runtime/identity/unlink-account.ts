import type { PersonId } from '../../../schemas/ids.ts';
import { endProofs } from './end-proofs.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';

/**
 * Forgets which accounts at identity providers are this person's: somebody got a new account, or the wrong one was
 * linked. Whoever had the wrong one could make themselves a session, a key or a token that the provider is never asked
 * about again, so all of these end that were made since the link. The next account with their checked address is
 * linked again, so somebody without an address stays as they are: a second person would be made of them. Repeating it
 * is fine.
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
    const { rows } = await tx.query<{ subject: string; linked_at: Date }>(
      'delete from provider_identities where tenant_id = $1 and person_id = $2 returning subject, linked_at',
      [context.tenant, personId],
    );
    if (rows.length === 0) return { ok: true };
    const since = new Date(Math.min(...rows.map(({ linked_at }) => linked_at.getTime())));
    const revoked = await endProofs(tx, context, personId, since);
    await writeEntry(tx, context, door, {
      type: 'person.unlinked',
      outcome: 'success',
      data: {
        personId,
        subjects: rows.map(({ subject }) => subject).sort(),
        ...(revoked.length > 0 && { revoked }),
      },
    });
    return { ok: true };
  });
}
