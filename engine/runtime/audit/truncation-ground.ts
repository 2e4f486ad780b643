import type { TenantId } from '../../../schemas/ids.ts';
import { hexOf } from '../../core/audit/merkle.ts';
import type { TruncationTerms } from '../../core/audit/order.ts';
import { partialTiles, rootOfSize, tileHeight } from '../../core/audit/tiles.ts';
import type { NewestLog } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import { readTiles } from './read-tiles.ts';

/** Out: the first entry that is too young, and how far the log has been signed here and brought to each place. */
const selectBounds = `
select
  (select idx from audit_log where tenant_id = $1 and log_id = $2 and idx >= $3
    and at >= clock_timestamp() - make_interval(days => $4) order by idx limit 1) as young,
  (select max(size) from audit_checkpoint where tenant_id = $1 and log_id = $2) as signed,
  (select min(size) from audit_anchor_in_force where tenant_id = $1 and log_id = $2) as anchored`;

export interface TruncationWish {
  /** Digest of the manifest of the export that keeps the texts. */
  archive: string;
  /** The origin of the log that it is of, and how many of its entries it holds. */
  archivedLog: string;
  archivedTo: number;
  /** As this installation is set; null when it keeps everything. */
  retentionDays: number | null;
}

/** The whole tiles of entries that are old enough, in the archive, signed, and known outside; or why there are none. */
export async function truncationGround(
  sql: Sql,
  tenant: TenantId,
  { logId, origin, size, minIndex }: NewestLog,
  wish: TruncationWish,
): Promise<Omit<TruncationTerms, 'reason' | 'proposedBy' | 'proposedAt'> | string> {
  const { archive, archivedLog, archivedTo, retentionDays } = wish;
  if (retentionDays === null) return 'this installation keeps everything: RIPOSTE_AUDIT_RETENTION is not set';
  // Whole in itself, and of no help to whoever looks for the texts of this one.
  if (archivedLog !== origin)
    return `the archive is of another log (${archivedLog.slice(0, 300)}) than the one whose texts would go (${origin})`;
  const { rows } = await sql.query<{ young: number | null; signed: number | null; anchored: number | null }>(
    selectBounds,
    [tenant, logId, minIndex, retentionDays],
  );
  const { young = null, signed = null, anchored = null } = rows[0] ?? {};
  const most = Math.min(young ?? size, signed ?? 0, anchored ?? size, archivedTo);
  const to = Math.floor(most / tileHeight) * tileHeight;
  if (to <= minIndex)
    return `no ${tileHeight} entries in a row are older than ${retentionDays} days, in the archive, signed and anchored`;
  const tileOf = await readTiles(sql, tenant, logId, partialTiles(to));
  const root = hexOf(rootOfSize(to, tileOf));
  return { kind: 'truncation', log: logId, from: minIndex, to, root, retentionDays, archive };
}
