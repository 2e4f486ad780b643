import { confirmed } from './account-event.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';

/**
 * Whoever has this session says that what they were shown is in order. Only of their own account, and by name: what
 * came meanwhile stays to be told. Repeating it changes nothing and is fine.
 */
export function acknowledgeEvents(
  context: IdentityContext,
  door: Door,
  sessionHash: string,
  ids: readonly string[],
): Promise<{ ok: true }> {
  return context.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `update account_events e set acknowledged_at = coalesce(e.acknowledged_at, clock_timestamp()), confirmed_at = ${confirmed}
       from sessions s where s.tenant_id = $1 and s.hash = decode($2, 'hex') and e.tenant_id = s.tenant_id
         and e.person_id = s.person_id and e.id = any($3) and e.confirmed_at is null
         and (e.acknowledged_at is null or ${confirmed} is not null)
       returning e.id`,
      [context.tenant, sessionHash, ids],
    );
    const events = rows.map(({ id }) => id).sort();
    if (events.length > 0)
      await writeEntry(tx, context, door, {
        type: 'account.acknowledged',
        outcome: 'success',
        data: { events },
      });
    return { ok: true };
  });
}
