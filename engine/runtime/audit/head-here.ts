import type { TenantId } from '../../../schemas/ids.ts';
import { hexOf } from '../../core/audit/merkle.ts';
import type { OrderCheckpoint } from '../../core/audit/order.ts';
import { MissingTile, partialTiles, rootOfSize } from '../../core/audit/tiles.ts';
import type { Sql } from '../store/sql.ts';
import { readTiles } from './read-tiles.ts';

const selectHead = `
select size,
  (select json_build_object('size', size, 'root', encode(root, 'hex')) from audit_checkpoint
    where tenant_id = $1 and log_id = $2 order by size desc limit 1) as checkpoint
from audit_log_meta where tenant_id = $1 and log_id = $2`;

/** How far a log has come in this database; its root is null when its tiles do not make one. */
export async function headHere(
  sql: Sql,
  tenant: TenantId,
  logId: string,
): Promise<{ size: number; root: string | null; checkpoint: OrderCheckpoint | null }> {
  const { rows } = await sql.query<{ size: number; checkpoint: OrderCheckpoint | null }>(selectHead, [
    tenant,
    logId,
  ]);
  const { size, checkpoint } = rows[0] ?? { size: 0, checkpoint: null };
  try {
    const tileOf = await readTiles(sql, tenant, logId, partialTiles(size));
    return { size, checkpoint, root: hexOf(rootOfSize(size, tileOf)) };
  } catch (error) {
    if (error instanceof MissingTile) return { size, checkpoint, root: null };
    throw error;
  }
}
