import type { PersonId } from '../../../schemas/ids.ts';
import type { Tx } from '../store/sql.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import { noteAccountEvent } from './note-account-event.ts';

/**
 * Somebody says that something in their account was not them. It ends their sessions, this one too, as it may be the one
 * that somebody else has; and it tells the administrators. It takes no key and no token away: whoever has found a session
 * lying open could shut its person out with it, so that needs a fresh sign-in. What was disputed is told on until its
 * person has signed in and said that it is in order. Each thing once, or it could be done without end.
 *
 * @returns how many administrators were told
 */
export function disputeEvents(
  context: IdentityContext,
  door: Door,
  personId: PersonId,
  ids: readonly string[],
): Promise<{ ok: true; told: number } | IdentityRefusal> {
  const { tenant } = context;
  return context.database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `update account_events set disputed_at = clock_timestamp()
       where tenant_id = $1 and person_id = $2 and id = any($3) and disputed_at is null and kind <> 'account.disputed'
       returning id`,
      [tenant, personId, ids],
    );
    if (rows.length === 0) return nothingToDispute;
    const events = rows.map(({ id }) => id).sort();
    const ended = await tx.query(
      `update sessions set ended_at = clock_timestamp() where tenant_id = $1 and person_id = $2 and ended_at is null`,
      [tenant, personId],
    );
    await writeEntry(tx, context, door, {
      type: 'account.disputed',
      outcome: 'success',
      data: { personId, events, sessions: ended.rowCount ?? 0 },
    });
    return { ok: true, told: await tellAdministrators(tx, context, door, personId, events) };
  });
}

async function tellAdministrators(
  tx: Tx,
  context: IdentityContext,
  { actor }: Door,
  personId: PersonId,
  events: string[],
): Promise<number> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from people where tenant_id = $1 and active and 'admin' = any(roles) and id <> $2 order by id`,
    [context.tenant, personId],
  );
  for (const { id } of rows)
    await noteAccountEvent(tx, context, actor, {
      personId: id as PersonId,
      kind: 'account.disputed',
      subject: personId,
      facts: { events },
    });
  return rows.length;
}

const nothingToDispute: IdentityRefusal = {
  ok: false,
  code: 'request/conflict',
  detail: 'It was said before that this was not you, or it is too old. Nothing was changed.',
};
