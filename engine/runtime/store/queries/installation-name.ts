import type { TenantId } from '../../../../schemas/ids.ts';
import { invariant } from '../../../core/contracts/invariant.ts';
import type { Sql } from '../sql.ts';

/** What its queues are called by where others have theirs. */
export async function installationName(sql: Sql, tenant: TenantId): Promise<string> {
  const { rows } = await sql.query<{ name: string }>('select name from installations where tenant_id = $1', [
    tenant,
  ]);
  invariant(rows[0] !== undefined, 'an installation has a name');
  return rows[0].name;
}
