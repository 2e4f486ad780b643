import { type IdentityContext, writeEntry } from './identity-context.ts';
import { hashSecret, looksLikeSecret } from './secret.ts';

/** Signs out. A session that is over already is no mistake and leaves no entry. */
export async function endSession(
  context: IdentityContext,
  session: string,
  requestId?: string,
): Promise<void> {
  if (!looksLikeSecret(session)) return;
  await context.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ person_id: string }>(
      `update sessions set ended_at = clock_timestamp()
       where hash = $1 and tenant_id = $2 and ended_at is null returning person_id`,
      [hashSecret(session), context.tenant],
    );
    const personId = rows[0]?.person_id;
    if (personId === undefined) return;
    const actor = { kind: 'person', id: personId, channel: 'console' } as const;
    await writeEntry(
      tx,
      context,
      { actor, ...(requestId !== undefined && { requestId }) },
      { type: 'auth.signed-out', outcome: 'success' },
    );
  });
}
