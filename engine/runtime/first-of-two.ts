import type { TenantId } from '../../schemas/ids.ts';
import { mayI, type Permission } from '../core/identity/rights.ts';
import type { Tx } from './store/sql.ts';

/** Who else has asked for it before and can still say so, or null. */
export async function firstOfTwo(
  tx: Tx,
  tenant: TenantId,
  { asked, second, permission }: { asked: string | null; second: string; permission: Permission },
): Promise<string | null> {
  if (asked === null || asked === second) return null;
  return (await mayStill(tx, tenant, asked, permission)) ? asked : null;
}

/**
 * Whether a word that somebody gave before, or that had to wait for a lock, counts now that it takes effect: that of a
 * stolen account ends with the account, and with the role that let them say it. Shared until the commit, so whoever
 * takes either away waits, or is seen.
 */
export async function mayStill(
  tx: Tx,
  tenant: TenantId,
  personId: string,
  permission: Permission,
): Promise<boolean> {
  const { rows } = await tx.query<{ roles: string[] }>(
    'select roles from people where tenant_id = $1 and id = $2 and active for share',
    [tenant, personId],
  );
  return rows.some(({ roles }) => mayI({ kind: 'person', id: personId, roles }, permission).allowed);
}
