import type { TenantId } from '../../../schemas/ids.ts';
import { hexOf, sameHash } from '../../core/audit/merkle.ts';
import { MissingTile, partialTiles, rootOfSize } from '../../core/audit/tiles.ts';
import type { Sql } from '../store/sql.ts';
import { AuditAlarm } from './alarm.ts';
import type { Claim } from './claim-log.ts';
import { readTiles, type TileLookup } from './read-tiles.ts';

/**
 * Holds the log, under its lock where it is about to be written, against what its only writer remembers of it. Whoever rewrote it meanwhile, tiles and
 * heads too, would otherwise have the next head signed over the rewriting and carried outside.
 * @param log with the partial tiles of its size
 * @throws AuditAlarm when it does not continue what this claim found or sealed last
 */
export async function compareSealed(
  sql: Sql,
  tenant: TenantId,
  { logId, size, root }: Claim,
  log: { size: number; tiles: TileLookup },
): Promise<void> {
  if (log.size < size)
    throw new AuditAlarm('audit/fork', `${size} entries were sealed, the database has only ${log.size}`);
  try {
    // Larger when the answer to a commit was lost; it was our own, as another epoch would be another writer.
    const tileOf = log.size === size ? log.tiles : await readTiles(sql, tenant, logId, partialTiles(size));
    const now = rootOfSize(size, tileOf);
    if (sameHash(now, root)) return;
    throw new AuditAlarm(
      'audit/fork',
      `${size} entries were sealed with root ${hexOf(root)}, the database makes it ${hexOf(now)}`,
    );
  } catch (error) {
    if (error instanceof MissingTile)
      throw new AuditAlarm('audit/integrity', error.message, { cause: error });
    throw error;
  }
}
