import type { AccountEventId, MintId, TenantId } from '../../../schemas/ids.ts';
import type { Actor } from '../../core/contracts/entry.ts';
import { type AccountEvent, accountEventDays } from '../../core/identity/account-event.ts';
import type { Sql } from '../store/sql.ts';

/** In the transaction that does it, so that nothing happens to an account untold. What is too old to be told goes. */
export async function noteAccountEvent(
  tx: Sql,
  { tenant, mint }: { tenant: TenantId; mint: MintId },
  { kind: byKind, id: byId, channel }: Actor,
  { personId, kind, subject, facts }: AccountEvent,
): Promise<AccountEventId> {
  const id = mint('AccountEventId');
  await tx.query(
    `insert into account_events (tenant_id, id, person_id, kind, by_kind, by_id, channel, subject, facts)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [tenant, id, personId, kind, byKind, byId, channel, subject, JSON.stringify(facts)],
  );
  await tx.query(
    `delete from account_events where tenant_id = $1 and person_id = $2
       and at < clock_timestamp() - make_interval(days => $3)`,
    [tenant, personId, accountEventDays],
  );
  return id;
}
