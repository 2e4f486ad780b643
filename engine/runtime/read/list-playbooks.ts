import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

export interface PlaybookItem {
  id: string;
  title: string;
  version: string;
  publishedVersion: number;
  enabled: boolean;
  mode: string;
  impact: string;
  status: string;
  owner: string | null;
  digest: string;
  publishedBy: string;
  publishedAt: string;
  /** Playbooks that it calls in an older version than the one published now (language reference 9.14). */
  outdatedCalls: string[];
}

export interface PlaybookRow {
  id: string;
  title: string;
  semver: string;
  version: number;
  enabled: boolean;
  mode: string;
  impact: string;
  status: string;
  owner: string | null;
  digest: string;
  published_by: string;
  published_at: Date;
  outdated_calls: string[];
}

export const playbookColumns = `b.id, v.title, v.semver, v.version, b.enabled, v.plan->>'mode' as mode,
  v.plan->>'impact' as impact, v.plan->'playbook'->>'status' as status, v.plan->'playbook'->>'owner' as owner,
  v.digest, coalesce(who.name, v.published_by) as published_by, v.published_at,
  array(select called.key from json_each(v.plan->'children') called
    join playbooks cb on cb.tenant_id = b.tenant_id and cb.id = called.key
    join playbook_versions cv on cv.tenant_id = cb.tenant_id and cv.playbook_id = cb.id and cv.version = cb.current_version
    where cv.digest <> called.value->>'digest' order by 1) as outdated_calls`;

export const playbookTables = `playbooks b
  join playbook_versions v on v.tenant_id = b.tenant_id and v.playbook_id = b.id and v.version = b.current_version
  left join people who on who.tenant_id = v.tenant_id and who.id = v.published_by`;

/** All of them by title: an installation has dozens, so this is one page. */
export async function listPlaybooks(sql: Sql, tenant: TenantId): Promise<PlaybookItem[]> {
  const { rows } = await sql.query<PlaybookRow>(
    `select ${playbookColumns} from ${playbookTables} where b.tenant_id = $1 order by lower(v.title), b.id limit 1000`,
    [tenant],
  );
  return rows.map(toPlaybookItem);
}

export function toPlaybookItem(row: PlaybookRow): PlaybookItem {
  return {
    id: row.id,
    title: row.title,
    version: row.semver,
    publishedVersion: row.version,
    enabled: row.enabled,
    mode: row.mode,
    impact: row.impact,
    status: row.status,
    owner: row.owner,
    digest: row.digest,
    publishedBy: row.published_by,
    publishedAt: timeOf(row.published_at),
    outdatedCalls: row.outdated_calls,
  };
}
