import type { TenantId } from '../../schemas/ids.ts';
import { mayI, type Permission } from '../core/identity/rights.ts';
import type { Tx } from './store/sql.ts';

/**
 * Who else has asked for it before and could still do so, or null: the word of a stolen account ends with the account,
 * and with its right. Shared until the commit, so whoever deactivates them waits, or is seen.
 */
export async function firstOfTwo(
  tx: Tx,
  tenant: TenantId,
  asked: string | null,
  second: string,
  permission: Permission,
): Promise<string | null> {
  if (asked === null || asked === second) return null;
  const still = 'select roles from people where tenant_id = $1 and id = $2 and active for share';
  const [person] = (await tx.query<{ roles: string[] }>(still, [tenant, asked])).rows;
  if (person === undefined) return null;
  return mayI({ kind: 'person', id: asked, roles: person.roles }, permission).allowed ? asked : null;
}
