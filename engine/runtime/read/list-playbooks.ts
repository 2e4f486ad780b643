import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor, containing } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

export interface PlaybookFilter {
  mode?: string | undefined;
  enabled?: boolean | undefined;
  /** Text in the title or the id. */
  q?: string | undefined;
}

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

export const playbookColumns = `b.id, b.title, v.semver, v.version, b.enabled, b.mode,
  v.plan->>'impact' as impact, v.plan->'playbook'->>'status' as status, v.plan->'playbook'->>'owner' as owner,
  v.digest, coalesce(who.name, v.published_by) as published_by, v.published_at,
  array(select called.key from json_each(v.plan->'children') called
    join playbooks cb on cb.tenant_id = b.tenant_id and cb.id = called.key
    join playbook_versions cv on cv.tenant_id = cb.tenant_id and cv.playbook_id = cb.id and cv.version = cb.current_version
    where cv.digest <> called.value->>'digest' order by 1) as outdated_calls`;

export const playbookTables = `playbooks b
  join playbook_versions v on v.tenant_id = b.tenant_id and v.playbook_id = b.id and v.version = b.current_version
  left join people who on who.tenant_id = v.tenant_id and who.id = v.published_by`;

/** In the order of ids, which what is published meanwhile does not change. */
export function listPlaybooks(
  sql: Sql,
  tenant: TenantId,
  filter: PlaybookFilter,
  request: PageRequest,
): Promise<Page<PlaybookItem>> {
  const conditions = conditionsFor('b.tenant_id', tenant);
  add(conditions, 'b.mode = ?', filter.mode);
  add(conditions, 'b.enabled = ?', filter.enabled);
  add(conditions, '(b.title ilike ? or b.id ilike ?)', containing(filter.q));
  return readPage<PlaybookRow, PlaybookItem>(sql, request, {
    question: questionOf('playbooks', filter),
    columns: playbookColumns,
    from: playbookTables,
    conditions,
    sortColumn: 'b.id',
    sortKind: 'text',
    idColumn: 'b.id',
    descending: false,
    toItem: toPlaybookItem,
  });
}

/** Only what names them, for a choice among many: the first whose id or title holds the text. */
export async function namePlaybooks(
  sql: Sql,
  tenant: TenantId,
  q: string | undefined,
  most: number,
): Promise<{ id: string; title: string }[]> {
  const { rows } = await sql.query<{ id: string; title: string }>(
    `select id, title from playbooks
     where tenant_id = $1 and ($2::text is null or title ilike $2 or id ilike $2) order by id limit $3`,
    [tenant, containing(q) ?? null, most],
  );
  return rows;
}

export async function namePlaybook(
  sql: Sql,
  tenant: TenantId,
  id: string,
): Promise<{ id: string; title: string } | null> {
  const { rows } = await sql.query<{ id: string; title: string }>(
    'select id, title from playbooks where tenant_id = $1 and id = $2',
    [tenant, id],
  );
  return rows[0] ?? null;
}

/** How many could ask people or act, counted up to `most`. */
export async function countActing(sql: Sql, tenant: TenantId, most: number): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count from
       (select 1 from playbooks where tenant_id = $1 and enabled and mode <> 'audit' limit $2) first`,
    [tenant, most],
  );
  return rows[0]?.count ?? 0;
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
