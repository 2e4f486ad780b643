import type { TenantId } from '../../../../schemas/ids.ts';
import type { Sql } from '../sql.ts';
import { newestLog } from './audit-orders.ts';

export interface ClaimedStream {
  id: string;
  url: string;
  types: string[];
  secretName: string;
  log: string;
  position: number;
  attempts: number;
  fence: number;
}

/**
 * Takes what is due for `leaseMs`: nobody else sends for these streams meanwhile, and whoever had them before
 * can no longer move their position. A closed log is told to its end before the next one is begun.
 */
export async function claimStreams(sql: Sql, tenant: TenantId, leaseMs: number): Promise<ClaimedStream[]> {
  await sql.query(
    `update outward_streams s set log_id = ${newestLog}, position = 0
     where s.tenant_id = $1 and s.log_id is distinct from ${newestLog}
       and (s.lease_until is null or s.lease_until < clock_timestamp())
       and not exists (select 1 from audit_log l
         where l.tenant_id = $1 and l.log_id = s.log_id and l.idx >= s.position)`,
    [tenant],
  );
  const { rows } = await sql.query<ClaimedStream>(
    `update outward_streams set fence = fence + 1,
       lease_until = clock_timestamp() + $2 * interval '1 millisecond'
     where tenant_id = $1 and id in (
       select s.id from outward_streams s
       where s.tenant_id = $1 and not s.paused and s.next_try_at <= clock_timestamp()
         and (s.lease_until is null or s.lease_until < clock_timestamp())
         and exists (select 1 from audit_log l
           where l.tenant_id = $1 and l.log_id = s.log_id and l.idx >= s.position)
       order by s.next_try_at limit 20 for update skip locked)
     returning id, url, types, secret_name as "secretName", log_id as log, position, attempts, fence`,
    [tenant, leaseMs],
  );
  return rows;
}

export interface StreamRow {
  index: number;
  id: string;
  type: string;
  at: Date;
  entry: Uint8Array | null;
}

export async function readOnward(
  sql: Sql,
  tenant: TenantId,
  log: string,
  from: number,
): Promise<StreamRow[]> {
  const { rows } = await sql.query<StreamRow>(
    `select idx as index, entry_id as id, type, at, entry from audit_log
     where tenant_id = $1 and log_id = $2 and idx >= $3 order by idx limit 200`,
    [tenant, log, from],
  );
  return rows;
}

/** False: somebody else took the stream, or it was paused or removed; what was sent is then sent again, with the same id. */
export async function movePosition(
  sql: Sql,
  tenant: TenantId,
  stream: { id: string; fence: number },
  move: { from: number; to: number; sent: boolean },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update outward_streams set position = $5, attempts = 0, failing_since = null, alarmed_at = null, last_error = null,
       last_sent_at = case when $6 then clock_timestamp() else last_sent_at end
     where tenant_id = $1 and id = $2 and fence = $3 and position = $4`,
    [tenant, stream.id, stream.fence, move.from, move.to, move.sent],
  );
  return rowCount === 1;
}

export async function letStreamGo(
  sql: Sql,
  tenant: TenantId,
  stream: { id: string; fence: number },
): Promise<void> {
  await sql.query(
    'update outward_streams set lease_until = null where tenant_id = $1 and id = $2 and fence = $3',
    [tenant, stream.id, stream.fence],
  );
}

/** @returns true when it has failed for `alarmAfterMs` and nobody was told yet */
export async function writeStreamFailure(
  sql: Sql,
  tenant: TenantId,
  stream: { id: string; fence: number },
  failure: { error: string; delayMs: number; alarmAfterMs: number },
): Promise<boolean> {
  const { rows } = await sql.query<{ alarm: boolean }>(
    `update outward_streams set attempts = attempts + 1, last_error = $4, lease_until = null,
       failing_since = coalesce(failing_since, clock_timestamp()),
       next_try_at = clock_timestamp() + $5 * interval '1 millisecond',
       alarmed_at = case when failing_since < clock_timestamp() - $6 * interval '1 millisecond'
         then coalesce(alarmed_at, transaction_timestamp()) else alarmed_at end
     where tenant_id = $1 and id = $2 and fence = $3
     returning coalesce(alarmed_at = transaction_timestamp(), false) as alarm`,
    [tenant, stream.id, stream.fence, failure.error, failure.delayMs, failure.alarmAfterMs],
  );
  return rows[0]?.alarm ?? false;
}
