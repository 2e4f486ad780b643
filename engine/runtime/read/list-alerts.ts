import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor, containing } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import type { Target } from './target.ts';
import { timeOf } from './time.ts';

export interface AlertFilter {
  status?: string[] | undefined;
  severity?: string[] | undefined;
  source?: string | undefined;
  category?: string | undefined;
  incident?: string | undefined;
  target?: { kind: string; id: string } | undefined;
  since?: string | undefined;
  until?: string | undefined;
  q?: string | undefined;
  sort?: 'createdAt' | '-createdAt' | undefined;
}

export interface AlertItem {
  id: string;
  source: string;
  sourceId: string;
  title: string;
  severity: string;
  category: string;
  state: string;
  incidentId: string | null;
  targets: Target[];
  createdAt: string;
}

export interface AlertRow {
  id: string;
  source: string;
  source_id: string;
  title: string;
  severity: string;
  category: string;
  state: string;
  incident_id: string | null;
  targets: Target[];
  received_at: Date;
}

// A mail campaign names hundreds of targets; a list shows the first twenty.
export const alertColumns = `a.id, a.source, a.source_id, a.title, a.severity, a.category, a.state, a.incident_id,
  a.received_at,
  array(select json_build_object('kind', t.kind, 'id', t.target_id, 'name', t.name) from alert_targets t
    where t.tenant_id = a.tenant_id and t.alert_id = a.id order by t.kind, t.target_id limit 20) as targets`;

export function listAlerts(
  sql: Sql,
  tenant: TenantId,
  filter: AlertFilter,
  request: PageRequest,
): Promise<Page<AlertItem>> {
  const conditions = conditionsFor('a.tenant_id', tenant);
  add(conditions, 'a.state = any(?)', filter.status);
  add(conditions, 'a.severity = any(?)', filter.severity);
  add(conditions, 'a.source = ?', filter.source);
  add(conditions, 'a.category = ?', filter.category);
  add(conditions, 'a.incident_id = ?', filter.incident);
  add(conditions, 'a.received_at >= ?::timestamptz', filter.since);
  add(conditions, 'a.received_at < ?::timestamptz', filter.until);
  add(conditions, 'a.title ilike ?', containing(filter.q));
  add(
    conditions,
    `exists (select 1 from alert_targets f where f.tenant_id = a.tenant_id and f.alert_id = a.id
       and (f.kind, f.target_id) = ((?::text[])[1], (?::text[])[2]))`,
    filter.target && [filter.target.kind, filter.target.id],
  );
  return readPage<AlertRow, AlertItem>(sql, request, {
    question: questionOf('alerts', filter),
    columns: alertColumns,
    from: 'alerts a',
    conditions,
    sortColumn: 'a.received_at',
    sortKind: 'time',
    idColumn: 'a.id',
    descending: filter.sort !== 'createdAt',
    toItem: toAlertItem,
  });
}

export function toAlertItem(row: AlertRow): AlertItem {
  return {
    id: row.id,
    source: row.source,
    sourceId: row.source_id,
    title: row.title,
    severity: row.severity,
    category: row.category,
    state: row.state,
    incidentId: row.incident_id,
    targets: row.targets,
    createdAt: timeOf(row.received_at),
  };
}
