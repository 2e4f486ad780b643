import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
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

/**
 * Every stop that people set and clear, the widest first, as its name is the first of the three; every playbook has
 * one. What the audit log holds, `/readyz` says.
 */
export function listStops(
  sql: Sql,
  tenant: TenantId,
  filter: { active?: boolean | undefined },
  request: PageRequest,
): Promise<Page<StopItem>> {
  const conditions = conditionsFor('s.tenant_id', tenant);
  conditions.clauses.push(`s.scope <> 'audit'`);
  // Spelt as the index `stops_in_force` spells it.
  if (filter.active === true) conditions.clauses.push('s.active');
  if (filter.active === false) conditions.clauses.push('not s.active');
  return readPage<Row, StopItem>(sql, request, {
    question: questionOf('stops', filter),
    columns: `s.scope, s.subject, s.active, s.generation, coalesce(who.name, s.set_by) as set_by, s.set_at, s.reason,
      coalesce(second.name, s.clear_requested_by) as clear_requested_by`,
    from: `stops s
      left join people who on who.tenant_id = s.tenant_id and who.id = s.set_by
      left join people second on second.tenant_id = s.tenant_id and second.id = s.clear_requested_by`,
    conditions,
    sortColumn: 's.scope',
    sortKind: 'text',
    idColumn: 's.subject',
    descending: false,
    toItem,
  });
}

function toItem(row: Row): StopItem {
  return {
    scope: row.scope,
    subject: row.subject,
    active: row.active,
    generation: row.generation,
    setBy: row.set_by,
    setAt: timeOf(row.set_at),
    reason: row.reason,
    clearRequestedBy: row.clear_requested_by,
  };
}
