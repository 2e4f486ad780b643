import type { TenantId } from '../../schemas/ids.ts';
import type { Tx } from './store/sql.ts';

/**
 * Who else has asked for it before and can still say so, or null: the word of a stolen account ends with the account.
 * Shared until the commit, so whoever deactivates them waits, or is seen.
 */
export async function firstOfTwo(
  tx: Tx,
  tenant: TenantId,
  asked: string | null,
  second: string,
): Promise<string | null> {
  if (asked === null || asked === second) return null;
  const still = 'select 1 from people where tenant_id = $1 and id = $2 and active for share';
  return (await tx.query(still, [tenant, asked])).rows.length === 1 ? asked : null;
}
