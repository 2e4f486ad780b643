import type { TenantId } from '../../../schemas/ids.ts';
import { type Hash, hexOf, sameHash } from '../../core/audit/merkle.ts';
import type { Sql } from '../store/sql.ts';
import { AuditAlarm } from './alarm.ts';

const insertCheckpoint = `
insert into audit_checkpoint (tenant_id, log_id, size, root) values ($1, $2, $3, $4)
on conflict do nothing`;

const selectCheckpoint = `
select root from audit_checkpoint where tenant_id = $1 and log_id = $2 and size = $3`;

/**
 * Writes down the root at a size, after the batch that reached it is durable. Rows are never changed, so
 * a size has one root for ever.
 * @throws AuditAlarm audit/fork when this size has another root already: two histories exist
 */
export async function keepCheckpoint(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  head: { size: number; root: Hash },
): Promise<void> {
  const { rowCount } = await sql.query(insertCheckpoint, [tenant, logId, head.size, head.root]);
  if (rowCount === 1) return;
  const { rows } = await sql.query<{ root: Hash }>(selectCheckpoint, [tenant, logId, head.size]);
  const kept = rows[0]?.root;
  if (kept !== undefined && sameHash(kept, head.root)) return;
  const other = kept === undefined ? 'no root' : hexOf(kept);
  throw new AuditAlarm(
    'audit/fork',
    `size ${head.size} has root ${hexOf(head.root)} and was kept with ${other}`,
  );
}
