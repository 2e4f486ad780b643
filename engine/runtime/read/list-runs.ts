import type { TenantId } from '../../../schemas/ids.ts';
import type { Json } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor, containing, each } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

export interface RunFilter {
  status?: string[] | undefined;
  playbook?: string | undefined;
  alert?: string | undefined;
  incident?: string | undefined;
  target?: { kind: string; id: string } | undefined;
  since?: string | undefined;
  until?: string | undefined;
  q?: string | undefined;
  sort?: 'createdAt' | '-createdAt' | undefined;
}

export interface RunItem {
  id: string;
  playbook: {
    id: string;
    title: string;
    version: string;
    publishedVersion: number;
  };
  state: string;
  mode: string;
  /** What it would have been without the guardrails' ceiling; null when that is the same. */
  askedMode: string | null;
  trigger: string;
  alert: { id: string; title: string; severity: string } | null;
  incidentId: string | null;
  waitingFor: Json;
  reason: string | null;
  startedBy: string;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
}

export interface RunRow {
  id: string;
  playbook_id: string;
  playbook_title: string;
  semver: string;
  playbook_version: number;
  state: string;
  mode: string;
  asked_mode: string | null;
  trigger_id: string;
  alert_id: string | null;
  alert_title: string | null;
  alert_severity: string | null;
  incident_id: string | null;
  waiting_for: Json;
  reason: string | null;
  started_by: string;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
}

export const runColumns = `r.id, r.playbook_id, v.title as playbook_title, v.semver, r.playbook_version, r.state, r.mode, r.asked_mode,
  r.trigger_id, r.alert_id, al.title as alert_title, al.severity as alert_severity, r.incident_id, r.waiting_for,
  r.reason, coalesce(sp.name, r.started_by) as started_by, r.created_at, r.started_at, r.ended_at`;

export const runTables = `runs r
  join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id
    and v.version = r.playbook_version
  left join alerts al on al.tenant_id = r.tenant_id and al.id = r.alert_id
  left join people sp on sp.tenant_id = r.tenant_id and sp.id = r.started_by`;

export function listRuns(
  sql: Sql,
  tenant: TenantId,
  filter: RunFilter,
  request: PageRequest,
): Promise<Page<RunItem>> {
  const conditions = conditionsFor('r.tenant_id', tenant);
  add(conditions, 'r.playbook_id = ?', filter.playbook);
  add(conditions, 'r.alert_id = ?', filter.alert);
  add(conditions, 'r.incident_id = ?', filter.incident);
  add(conditions, 'r.created_at >= ?::timestamptz', filter.since);
  add(conditions, 'r.created_at < ?::timestamptz', filter.until);
  add(conditions, '(v.title ilike ? or al.title ilike ?)', containing(filter.q));
  add(
    conditions,
    `exists (select 1 from steps f where f.tenant_id = r.tenant_id and f.run_id = r.id
       and (f.target_kind, f.target_id) = ((?::text[])[1], (?::text[])[2]))`,
    filter.target && [filter.target.kind, filter.target.id],
  );
  return readPage<RunRow, RunItem>(sql, request, {
    question: questionOf('runs', filter),
    columns: runColumns,
    from: runTables,
    conditions,
    sortColumn: 'r.created_at',
    sortKind: 'time',
    idColumn: 'r.id',
    descending: filter.sort !== 'createdAt',
    anyOf: filter.status && each(conditions, 'r.state', filter.status),
    toItem: toRunItem,
  });
}

export function toRunItem(row: RunRow): RunItem {
  const alert =
    row.alert_id === null
      ? null
      : {
          id: row.alert_id,
          title: row.alert_title ?? '',
          severity: row.alert_severity ?? '',
        };
  return {
    id: row.id,
    playbook: {
      id: row.playbook_id,
      title: row.playbook_title,
      version: row.semver,
      publishedVersion: row.playbook_version,
    },
    state: row.state,
    mode: row.mode,
    askedMode: row.asked_mode,
    trigger: row.trigger_id,
    alert,
    incidentId: row.incident_id,
    waitingFor: row.waiting_for,
    reason: row.reason,
    startedBy: row.started_by,
    createdAt: timeOf(row.created_at),
    startedAt: timeOf(row.started_at),
    endedAt: timeOf(row.ended_at),
  };
}
