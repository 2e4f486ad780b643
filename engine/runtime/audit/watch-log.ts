import type { TenantId } from '../../../schemas/ids.ts';
import { invariant } from '../../core/contracts/invariant.ts';
import type { Sql } from '../store/sql.ts';

/** What a sequencer sees without touching the log; ages by the database's clock, in milliseconds. */
export interface LogView {
  /** Whether anything is pending. */
  waiting: boolean;
  /** Of the oldest pending entry; 0 when there is none. */
  waitingMs: number;
  /** Since the newest entry was sealed; 0 in an empty log. */
  idleMs: number;
  size: number;
  /** Of the newest log; empty when there is none. */
  logId: string;
  epoch: number;
  /** Where the database runs: another text after each start of the server, and in a copy of the data. */
  place: string;
  /** Digests of what two people ordered and nobody has done yet, in the order in which it is done. */
  ordered: string[];
  /** Places outside that two people have given up. */
  givenUp: string[];
  /** Whether bytes below the lowest index have yet to go. */
  clearing: boolean;
}

export const notPromoted = 'the database is a standby that has not been promoted; looking again';

const selectView = `
select oldest.at is not null as waiting,
  coalesce(floor(extract(epoch from clock_timestamp() - oldest.at) * 1000), 0)::bigint as "waitingMs",
  coalesce(floor(extract(epoch from clock_timestamp() - meta.sealed_at) * 1000), 0)::bigint as "idleMs",
  coalesce(meta.size, 0) as size, coalesce(meta.log_id, '') as "logId", coalesce(meta.epoch, 0) as epoch, audit_place() as place, pg_is_in_recovery() as recovering,
  coalesce(meta.min_index > meta.cleared_below, false) as clearing,
  array(select place from audit_given_up where tenant_id = $1) as "givenUp",
  array(select digest from audit_orders where tenant_id = $1 and state = 'confirmed'
    order by kind = 'place' desc, kind = 'truncation') as ordered
from (select min(enqueued_at) as at from audit_pack where tenant_id = $1) as oldest
left join (
  select log_id, size, epoch, min_index, cleared_below, case when size > 0 then sealed_at end as sealed_at from audit_log_meta where tenant_id = $1 order by incarnation desc limit 1
) as meta on true`;

/** @throws Error from a server that has yet to be promoted: what it lacks may be on its way, and nothing can be written */
export async function watchLog(sql: Sql, tenant: TenantId): Promise<LogView> {
  const { rows } = await sql.query<LogView & { recovering: boolean }>(selectView, [tenant]);
  invariant(rows[0] !== undefined, 'a look at the log is one row');
  const { recovering, ...view } = rows[0];
  if (recovering) throw new Error(notPromoted);
  return view;
}
