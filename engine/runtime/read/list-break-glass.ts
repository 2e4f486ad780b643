import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

/** What somebody decided alone, and who has looked at it since. */
export interface GlassItem {
  approvalId: string;
  question: string;
  runId: string;
  by: { id: string; name: string };
  reason: string;
  at: string;
  review: { by: { id: string; name: string }; finding: string; comment: string; at: string } | null;
}

export interface GlassFilter {
  /** Only those that wait for a review, or only those that had one. */
  reviewed?: boolean | undefined;
}

interface Row {
  approval_id: string;
  question: string;
  run_id: string;
  person_id: string;
  name: string;
  reason: string;
  at: Date;
  reviewed_by: string | null;
  reviewer: string | null;
  finding: string | null;
  comment: string | null;
  reviewed_at: Date | null;
}

const columns = `g.approval_id, a.card->>'question' as question, a.run_id, g.person_id, p.name, g.reason, g.at,
  r.reviewed_by, w.name as reviewer, r.finding, r.comment, r.at as reviewed_at`;

const tables = `break_glass g
  join approvals a on a.tenant_id = g.tenant_id and a.id = g.approval_id
  join people p on p.tenant_id = g.tenant_id and p.id = g.person_id
  left join break_glass_reviews r on r.tenant_id = g.tenant_id and r.approval_id = g.approval_id
  left join people w on w.tenant_id = r.tenant_id and w.id = r.reviewed_by`;

/** Newest first. */
export function listBreakGlass(
  sql: Sql,
  tenant: TenantId,
  filter: GlassFilter,
  request: PageRequest,
): Promise<Page<GlassItem>> {
  const conditions = conditionsFor('g.tenant_id', tenant);
  add(conditions, '(r.approval_id is not null) = ?', filter.reviewed);
  return readPage<Row, GlassItem>(sql, request, {
    question: questionOf('break-glass', filter),
    columns,
    from: tables,
    conditions,
    sortColumn: 'g.at',
    sortKind: 'time',
    idColumn: 'g.approval_id',
    descending: true,
    toItem,
  });
}

/** How one question was decided alone; null when it was not. */
export async function readBreakGlass(
  sql: Sql,
  tenant: TenantId,
  approval: string,
): Promise<GlassItem | null> {
  const { rows } = await sql.query<Row>(
    `select ${columns} from ${tables} where g.tenant_id = $1 and g.approval_id = $2`,
    [tenant, approval],
  );
  return rows[0] === undefined ? null : toItem(rows[0]);
}

function toItem(row: Row): GlassItem {
  return {
    approvalId: row.approval_id,
    question: row.question,
    runId: row.run_id,
    by: { id: row.person_id, name: row.name },
    reason: row.reason,
    at: timeOf(row.at),
    review: reviewOf(row),
  };
}

function reviewOf({
  reviewed_by: id,
  reviewer,
  finding,
  comment,
  reviewed_at: at,
}: Row): GlassItem['review'] {
  if (id === null || finding === null || comment === null || at === null) return null;
  return { by: { id, name: reviewer ?? id }, finding, comment, at: timeOf(at) };
}

/** Whom the role to decide alone was given to, and from when on it counts. */
export interface GlassHolder {
  id: string;
  name: string;
  countsFrom: string;
}

/** Those whose role does not count yet: so long everybody is told of it. */
export async function listNewHolders(sql: Sql, tenant: TenantId, ripensMs: number): Promise<GlassHolder[]> {
  const { rows } = await sql.query<{ id: string; name: string; counts_from: Date }>(
    `select id, name, break_glass_since + make_interval(secs => $2 / 1000.0) as counts_from from people
     where tenant_id = $1 and active and break_glass_since > clock_timestamp() - make_interval(secs => $2 / 1000.0)
     order by break_glass_since, id limit 100`,
    [tenant, ripensMs],
  );
  return rows.map(({ id, name, counts_from }) => ({ id, name, countsFrom: timeOf(counts_from) }));
}
