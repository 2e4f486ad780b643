import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor, containing } from './conditions.ts';
import { containedOfIncident } from './list-contained.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

export interface IncidentFilter {
  status?: string[] | undefined;
  severity?: string[] | undefined;
  source?: string | undefined;
  /** One of its alerts names it. */
  target?: { kind: string; id: string } | undefined;
  since?: string | undefined;
  until?: string | undefined;
  q?: string | undefined;
  sort?: 'createdAt' | '-createdAt' | undefined;
}

export interface IncidentItem {
  id: string;
  source: string;
  sourceId: string;
  title: string;
  severity: string;
  status: string;
  classification: string | null;
  owner: string | null;
  alerts: number;
  /** Questions that wait for people. */
  pendingApprovals: number;
  /** Effects that nobody knows about, put to people. */
  openTasks: number;
  /** Effects that stand at this instant. */
  contained: number;
  /** Grows with each change. */
  version: number;
  createdAt: string;
}

export interface IncidentRow {
  id: string;
  source: string;
  source_id: string;
  title: string;
  severity: string;
  status: string;
  classification: string | null;
  owner: string | null;
  alerts: number;
  pending_approvals: number;
  open_tasks: number;
  contained: number;
  version: number;
  created_at: Date;
}

export const incidentColumns = `i.id, i.source, i.source_id, i.title, i.severity, i.status, i.classification, i.owner,
  i.version, i.created_at,
  (select count(*)::int from alerts a where a.tenant_id = i.tenant_id and a.incident_id = i.id) as alerts,
  (select count(*)::int from runs r join approvals p on p.tenant_id = r.tenant_id and p.run_id = r.id
    and p.state = 'pending' where r.tenant_id = i.tenant_id and r.incident_id = i.id) as pending_approvals,
  (select count(*)::int from runs r join tasks k on k.tenant_id = r.tenant_id and k.run_id = r.id
    and k.state = 'open' where r.tenant_id = i.tenant_id and r.incident_id = i.id) as open_tasks,
  ${containedOfIncident} as contained`;

export function listIncidents(
  sql: Sql,
  tenant: TenantId,
  filter: IncidentFilter,
  request: PageRequest,
): Promise<Page<IncidentItem>> {
  const conditions = conditionsFor('i.tenant_id', tenant);
  add(conditions, 'i.status = any(?)', filter.status);
  add(conditions, 'i.severity = any(?)', filter.severity);
  add(conditions, 'i.source = ?', filter.source);
  add(
    conditions,
    `i.id in (select a.incident_id from alert_targets f join alerts a on a.tenant_id = f.tenant_id and a.id = f.alert_id
       where f.tenant_id = i.tenant_id and (f.kind, f.target_id) = ((?::text[])[1], (?::text[])[2]))`,
    filter.target && [filter.target.kind, filter.target.id],
  );
  add(conditions, 'i.created_at >= ?::timestamptz', filter.since);
  add(conditions, 'i.created_at < ?::timestamptz', filter.until);
  add(conditions, 'i.title ilike ?', containing(filter.q));
  return readPage<IncidentRow, IncidentItem>(sql, request, {
    question: questionOf('incidents', filter),
    columns: incidentColumns,
    from: 'incidents i',
    conditions,
    sortColumn: 'i.created_at',
    sortKind: 'time',
    idColumn: 'i.id',
    descending: filter.sort !== 'createdAt',
    toItem: toIncidentItem,
  });
}

export function toIncidentItem(row: IncidentRow): IncidentItem {
  return {
    id: row.id,
    source: row.source,
    sourceId: row.source_id,
    title: row.title,
    severity: row.severity,
    status: row.status,
    classification: row.classification,
    owner: row.owner,
    alerts: row.alerts,
    pendingApprovals: row.pending_approvals,
    openTasks: row.open_tasks,
    contained: row.contained,
    version: row.version,
    createdAt: timeOf(row.created_at),
  };
}
