import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

export interface StopItem {
  scope: string;
  subject: string;
  active: boolean;
  generation: number;
  setBy: string | null;
  setAt: string | null;
  reason: string | null;
  /** The first of the two people that clearing needs. */
  clearRequestedBy: string | null;
}

interface Row {
  scope: string;
  subject: string;
  active: boolean;
  generation: number;
  set_by: string | null;
  set_at: Date | null;
  reason: string | null;
  clear_requested_by: string | null;
}

/** Every stop that people set and clear, the widest first; what the audit log holds, `/readyz` says. */
export async function listStops(sql: Sql, tenant: TenantId): Promise<StopItem[]> {
  const { rows } = await sql.query<Row>(
    `select s.scope, s.subject, s.active, s.generation, coalesce(who.name, s.set_by) as set_by, s.set_at, s.reason,
       coalesce(second.name, s.clear_requested_by) as clear_requested_by
     from stops s
     left join people who on who.tenant_id = s.tenant_id and who.id = s.set_by
     left join people second on second.tenant_id = s.tenant_id and second.id = s.clear_requested_by
     where s.tenant_id = $1 and s.scope <> 'audit' order by s.scope = 'everything' desc, s.scope, s.subject limit 1000`,
    [tenant],
  );
  return rows.map((row) => ({
    scope: row.scope,
    subject: row.subject,
    active: row.active,
    generation: row.generation,
    setBy: row.set_by,
    setAt: timeOf(row.set_at),
    reason: row.reason,
    clearRequestedBy: row.clear_requested_by,
  }));
}
