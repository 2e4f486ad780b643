import type { PersonId, TenantId } from '../../../schemas/ids.ts';
import { type Present, presencePolicy } from '../../core/outward/presence.ts';
import type { Database } from '../store/database.ts';

/*
 * Who has a question open. Nothing rests on it: no entry, no order, and the rows are lost in a crash. Every process writes
 * and reads the same small table, at most once a minute for each person and card.
 */
export interface Presence {
  /** Somebody has it open, as their page says again and again. Of a question that is open; of another one nothing. */
  note(personId: PersonId, approvalId: string): Promise<void>;
  left(personId: PersonId, approvalId: string): Promise<void>;
  /** Of those questions, whoever opened one last first. */
  of(approvalIds: readonly string[]): Promise<Present[]>;
}

/** Writes nothing where it was said just now, at whichever process. */
const insertPresence = `
insert into approval_presence as l (tenant_id, approval_id, person_id, since, seen_at)
select tenant_id, id, $3, clock_timestamp(), clock_timestamp() from approvals
where tenant_id = $1 and id = $2 and state = 'pending' and not exists (select 1 from approval_presence k
  where k.tenant_id = $1 and k.approval_id = $2 and k.person_id = $3 and k.left_at is null
    and k.seen_at > clock_timestamp() - $5 * interval '1 millisecond')
on conflict (tenant_id, approval_id, person_id) do update set seen_at = excluded.seen_at, left_at = null,
  since = case when l.left_at is null and l.seen_at > excluded.seen_at - $4 * interval '1 millisecond' then l.since
    else excluded.since end`;

const selectPresence = `
select l.approval_id as "approvalId", l.person_id as "personId", p.name, l.since, l.seen_at as seen,
  l.left_at is null and l.seen_at > clock_timestamp() - $3 * interval '1 millisecond' as open
from approval_presence l join people p on p.tenant_id = l.tenant_id and p.id = l.person_id and p.active
where l.tenant_id = $1 and l.approval_id = any($2) and l.seen_at > clock_timestamp() - $4 * interval '1 millisecond'
order by l.since desc, l.person_id`;

export function openPresence(database: Database, tenant: TenantId): Presence {
  return {
    async note(personId, approvalId) {
      const { apartMs, openMs } = presencePolicy;
      const { rowCount } = await database.query(insertPresence, [
        tenant,
        approvalId,
        personId,
        openMs,
        apartMs,
      ]);
      if (rowCount === 0) return;
      await database.query(
        `delete from approval_presence where seen_at < clock_timestamp() - interval '1 day'`,
        [],
      );
    },
    async left(personId, approvalId) {
      await database.query(
        `update approval_presence set left_at = clock_timestamp(), seen_at = clock_timestamp()
         where tenant_id = $1 and approval_id = $2 and person_id = $3 and left_at is null`,
        [tenant, approvalId, personId],
      );
    },
    async of(approvalIds) {
      if (approvalIds.length === 0) return [];
      const { openMs, latelyMs } = presencePolicy;
      const { rows } = await database.query<Omit<Present, 'since' | 'seen'> & { since: Date; seen: Date }>(
        selectPresence,
        [tenant, approvalIds, openMs, latelyMs],
      );
      return rows.map((row) => ({ ...row, since: row.since.toISOString(), seen: row.seen.toISOString() }));
    },
  };
}
