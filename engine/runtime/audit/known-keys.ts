import type { TenantId } from '../../../schemas/ids.ts';
import { parseVerifierKey, type VerifierKey, verifierKey } from '../../core/audit/verifier-key.ts';
import type { Sql } from '../store/sql.ts';
import type { KnownLog } from './anchor-place.ts';
import type { LogKeys } from './signing-key.ts';

const selectKeys = `
select vkey, by_vkey as by from audit_key where tenant_id = $1 and log_id = $2
union all select vkey, null from audit_log_meta where tenant_id = $1 and log_id = $2 and vkey is not null`;

/**
 * Every key under which a head of this log may stand outside: what this host holds, as a database that was put
 * back does not know the newer ones, and what the database names, as a key may have been made on another host.
 */
export async function knownKeys(
  sql: Sql,
  tenant: TenantId,
  { logId, origin }: { logId: string; origin: string },
  keys: LogKeys,
): Promise<KnownLog> {
  const { rows } = await sql.query<{ vkey: string; by: string | null }>(selectKeys, [tenant, logId]);
  const named = rows.flatMap(({ vkey, by }) => [vkey, by ?? '']).map(parseVerifierKey);
  const known: VerifierKey[] = [
    ...keys.publicKeys().map((publicKey) => verifierKey(origin, publicKey)),
    ...named.filter((key) => key !== null).filter((key) => key.name === origin),
  ];
  return { origin, keys: known };
}
