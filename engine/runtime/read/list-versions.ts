import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

export interface VersionItem {
  /** As its author counts. */
  version: string;
  /** As we count. */
  publishedVersion: number;
  digest: string;
  publishedBy: string;
  publishedAt: string;
  /** New runs are of this one. */
  current: boolean;
}

export interface VersionRow {
  semver: string;
  version: number;
  digest: string;
  published_by: string;
  published_at: Date;
  current: boolean;
}

export const versionColumns = `v.semver, v.version, v.digest, coalesce(who.name, v.published_by) as published_by,
  v.published_at, v.version = b.current_version as current`;

export const versionTables = `playbook_versions v
  join playbooks b on b.tenant_id = v.tenant_id and b.id = v.playbook_id
  left join people who on who.tenant_id = v.tenant_id and who.id = v.published_by`;

/** Newest first. */
export function listVersions(
  sql: Sql,
  tenant: TenantId,
  playbook: string,
  request: PageRequest,
): Promise<Page<VersionItem>> {
  const conditions = conditionsFor('v.tenant_id', tenant);
  add(conditions, 'v.playbook_id = ?', playbook);
  return readPage<VersionRow, VersionItem>(sql, request, {
    question: questionOf('versions', { playbook }),
    columns: versionColumns,
    from: versionTables,
    conditions,
    sortColumn: 'v.version',
    sortKind: 'index',
    idColumn: 'v.version',
    descending: true,
    toItem: toVersionItem,
  });
}

export function toVersionItem(row: VersionRow): VersionItem {
  return {
    version: row.semver,
    publishedVersion: row.version,
    digest: row.digest,
    publishedBy: row.published_by,
    publishedAt: timeOf(row.published_at),
    current: row.current,
  };
}
