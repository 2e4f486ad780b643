import type { TenantId } from '../../../schemas/ids.ts';
import { parseVerifierKey } from '../../core/audit/verifier-key.ts';
import type { Sql } from '../store/sql.ts';
import type { Voucher } from './keep-checkpoint.ts';
import type { LogKeys } from './signing-key.ts';

/** The newest key of the log, as long as no checkpoint behind its beginning was kept. */
const selectOpen = `
select by_vkey as by from audit_key k
where tenant_id = $1 and log_id = $2
  and since = (select max(since) from audit_key m where m.tenant_id = $1 and m.log_id = $2)
  and not exists (select 1 from audit_checkpoint c where c.tenant_id = $1 and c.log_id = $2 and c.size > k.since)`;

/**
 * The key that has to sign the next checkpoint too, because it hands over with it; null when none does. Asked at
 * each claim, so a crash between the entry that names the new key and its checkpoint loses nothing.
 * @throws Error when the old key's file is not on this host
 */
export async function findVoucher(
  sql: Sql,
  tenant: TenantId,
  { logId, origin }: { logId: string; origin: string },
  keys: LogKeys,
): Promise<Voucher | null> {
  const { rows } = await sql.query<{ by: string | null }>(selectOpen, [tenant, logId]);
  const key = parseVerifierKey(rows[0]?.by ?? '');
  if (key === null) return null;
  const signer = keys.find(key.publicKey);
  // A log before this one: whoever has only its key is then not led here, and is given the new one.
  if (signer === null && key.name !== origin) return null;
  if (signer === null)
    throw new Error(
      `${key.name} hands over to a new key with the next checkpoint, and its key file is not here`,
    );
  return { name: key.name, signer };
}
