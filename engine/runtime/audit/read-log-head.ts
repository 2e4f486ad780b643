import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';

export interface LogHead {
  logId: string;
  origin: string;
  vkey: string | null;
  size: number;
  minIndex: number;
  incarnation: number;
  /** Lowest index at or beyond the size, or below 0; normally null. */
  strayIndex: number | null;
  /** The checkpoint with the largest size. */
  keptSize: number | null;
  keptRoot: Uint8Array | null;
  keptNote: string | null;
  pending: number;
  tiles: { level: number; count: number; lowest: number; highest: number }[];
}

/*
 * In: tenant, log or null for the newest. Out: one row, or none when there is no log.
 * One statement, hence one snapshot: the sequencer may go on while the log is verified.
 */
const selectHead = `
select meta.log_id as "logId", origin, vkey, meta.size, min_index as "minIndex", incarnation,
  least(
    (select min(idx) from audit_log l where l.tenant_id = $1 and l.log_id = meta.log_id and l.idx >= meta.size),
    (select min(idx) from audit_log l where l.tenant_id = $1 and l.log_id = meta.log_id and l.idx < 0)
  ) as "strayIndex",
  kept.size as "keptSize", kept.root as "keptRoot", kept.note as "keptNote",
  (select coalesce(sum(cardinality(ids)), 0) from audit_pack p where p.tenant_id = $1) as pending,
  (select coalesce(json_agg(json_build_object('level', level, 'count', count, 'lowest', lowest, 'highest', highest)), '[]')
    from (select level, count(*), min(n) as lowest, max(n) as highest from audit_tile t
      where t.tenant_id = $1 and t.log_id = meta.log_id group by level) as levels) as tiles
from audit_log_meta meta
left join lateral (
  select size, root, note from audit_checkpoint c
  where c.tenant_id = $1 and c.log_id = meta.log_id order by size desc limit 1
) as kept on true
where meta.tenant_id = $1 and meta.log_id = coalesce($2, meta.log_id)
order by incarnation desc limit 1`;

export async function readLogHead(
  sql: Sql,
  tenant: TenantId,
  logId: string | null,
): Promise<LogHead | undefined> {
  return (await sql.query<LogHead>(selectHead, [tenant, logId])).rows[0];
}
