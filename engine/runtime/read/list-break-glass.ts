import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
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
  approval?: string | undefined;
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

/** Newest first. Bounded by what it is: three a day and person. */
export async function listBreakGlass(sql: Sql, tenant: TenantId, filter: GlassFilter): Promise<GlassItem[]> {
  const { rows } = await sql.query<Row>(
    `select g.approval_id, a.card->>'question' as question, a.run_id, g.person_id, p.name, g.reason, g.at,
       r.reviewed_by, w.name as reviewer, r.finding, r.comment, r.at as reviewed_at
     from break_glass g
     join approvals a on a.tenant_id = g.tenant_id and a.id = g.approval_id
     join people p on p.tenant_id = g.tenant_id and p.id = g.person_id
     left join break_glass_reviews r on r.tenant_id = g.tenant_id and r.approval_id = g.approval_id
     left join people w on w.tenant_id = r.tenant_id and w.id = r.reviewed_by
     where g.tenant_id = $1 and ($2::text is null or g.approval_id = $2)
       and ($3::boolean is null or (r.approval_id is not null) = $3)
     order by g.at desc, g.approval_id limit 1000`,
    [tenant, filter.approval ?? null, filter.reviewed ?? null],
  );
  return rows.map((row) => ({
    approvalId: row.approval_id,
    question: row.question,
    runId: row.run_id,
    by: { id: row.person_id, name: row.name },
    reason: row.reason,
    at: timeOf(row.at),
    review: reviewOf(row),
  }));
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
