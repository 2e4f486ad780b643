import type { TenantId } from '../../../schemas/ids.ts';
import { hexOf } from '../../core/audit/merkle.ts';
import { truncationMessage } from '../../core/audit/order.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import { MissingTile, partialTiles, rootOfSize } from '../../core/audit/tiles.ts';
import { decodeBase64, isSignedBy } from '../../core/audit/verifier-key.ts';
import type { Sql } from '../store/sql.ts';
import { type KeyChain, keysInForce } from './read-key-chain.ts';
import { readTiles } from './read-tiles.ts';

const selectTruncations = `
select idx, entry from audit_log
where tenant_id = $1 and log_id = $2 and idx < $3 and type = 'audit.truncated' and entry is not null order by idx`;

/**
 * Up to which index texts may be gone: what the log's key has signed in entries of the log, each leaving no gap to
 * those before, over the tiles as they are. One that was refused after its entry was sealed begins where the next
 * one begins too. The column `min_index` is only a word.
 */
export async function readTruncatedTo(
  sql: Sql,
  tenant: TenantId,
  { logId, origin, size }: { logId: string; origin: string; size: number },
  chain: KeyChain,
): Promise<number> {
  const { rows } = await sql.query<{ idx: number; entry: Uint8Array }>(selectTruncations, [
    tenant,
    logId,
    size,
  ]);
  let truncatedTo = 0;
  for (const { idx, entry } of rows) {
    const read = readEntry(entry);
    const { from, to, root, signature } = (read.ok ? read.entry.data : undefined) ?? {};
    if (typeof from !== 'number' || typeof to !== 'number' || typeof root !== 'string') continue;
    if (from > truncatedTo || to <= truncatedTo || to > idx) continue;
    const index = Number(idx);
    const [key] = keysInForce(chain, index, index);
    const bytes = decodeBase64(String(signature));
    const message = Buffer.from(truncationMessage(origin, { from, to, root }));
    if (key == null || bytes === null || !isSignedBy(key, message, bytes)) continue;
    if ((await rootAt(sql, tenant, logId, to)) === root) truncatedTo = to;
  }
  return truncatedTo;
}

async function rootAt(sql: Sql, tenant: TenantId, logId: string, size: number): Promise<string | null> {
  try {
    return hexOf(rootOfSize(size, await readTiles(sql, tenant, logId, partialTiles(size))));
  } catch (error) {
    if (error instanceof MissingTile) return null;
    throw error;
  }
}
