import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { ApprovalCard } from '../../core/contracts/command.ts';
import { openFacts } from '../../core/run/known-facts.ts';
import type { Sql } from '../store/sql.ts';
import {
  type ApprovalItem,
  type ApprovalRow,
  approvalColumns,
  approvalTables,
  toApprovalItem,
} from './list-approvals.ts';
import { type GlassItem, readBreakGlass } from './list-break-glass.ts';
import { listNotices, type NoticeItem } from './list-notices.ts';
import { timeOf } from './time.ts';

/** Everything the approval card shows (language 5, rule 1; console 2.5). */
export interface ApprovalDetail extends ApprovalItem {
  card: ApprovalCard;
  /** The exact instruction whose digest a decision names. */
  plan: JsonObject;
  requireComment: string;
  separate: boolean;
  askNumber: number;
  requester: { id: string; name: string };
  alertId: string | null;
  votes: {
    person: { id: string; name: string };
    decision: string;
    comment: string | null;
    at: string;
    /** With their passkey. */
    signed: boolean;
  }[];
  /** What people had said and took back while the question was open, in the order in which they did. */
  withdrawn: { person: { id: string; name: string }; votedAt: string; comment: string | null; at: string }[];
  /** Set when somebody decided it alone. */
  breakGlass: GlassItem | null;
  /** Who was told of it, in the order in which they had to be. */
  notices: NoticeItem[];
  /** As a read action last saw the targets; newer than the card when something changed. */
  facts: { kind: string; id: string; facts: JsonObject; readAt: string }[];
}

interface Row extends ApprovalRow {
  plan: Buffer;
  require_comment: string;
  separate: boolean;
  ask_number: number;
  requester_id: string;
  requester_name: string;
  alert_id: string | null;
}

/** Null when there is none for this tenant. */
export async function readApproval(sql: Sql, tenant: TenantId, id: string): Promise<ApprovalDetail | null> {
  const { rows } = await sql.query<Row>(
    `select ${approvalColumns}, p.plan, p.require_comment, p.separate, p.ask_number,
       r.started_by as requester_id, coalesce(who.name, r.started_by) as requester_name,
       r.alert_id
     from ${approvalTables}
     left join people who on who.tenant_id = r.tenant_id and who.id = r.started_by
     where p.tenant_id = $1 and p.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const [votes, withdrawn, glass, facts, notices] = await Promise.all([
    readVotes(sql, tenant, id),
    readWithdrawn(sql, tenant, id),
    readBreakGlass(sql, tenant, id),
    readFacts(sql, tenant, row.card),
    listNotices(sql, tenant, id),
  ]);
  return {
    ...toApprovalItem(row),
    card: row.card,
    plan: JSON.parse(row.plan.toString('utf8')) as JsonObject,
    requireComment: row.require_comment,
    separate: row.separate,
    askNumber: row.ask_number,
    requester: { id: row.requester_id, name: row.requester_name },
    alertId: row.alert_id,
    votes,
    withdrawn,
    breakGlass: glass,
    facts,
    notices,
  };
}

async function readVotes(sql: Sql, tenant: TenantId, id: string): Promise<ApprovalDetail['votes']> {
  const { rows } = await sql.query<{
    person_id: string;
    name: string;
    decision: string;
    comment: string | null;
    at: Date;
    signed: boolean;
  }>(
    `select d.person_id, w.name, d.decision, d.comment, d.at,
       exists (select 1 from decision_evidence e where e.tenant_id = d.tenant_id and e.decision_id = d.id) as signed
     from standing_decisions d
     join people w on w.tenant_id = d.tenant_id and w.id = d.person_id
     where d.tenant_id = $1 and d.approval_id = $2 order by d.at, d.id`,
    [tenant, id],
  );
  return rows.map((vote) => ({
    person: { id: vote.person_id, name: vote.name },
    decision: vote.decision,
    comment: vote.comment,
    at: timeOf(vote.at),
    signed: vote.signed,
  }));
}

async function readWithdrawn(sql: Sql, tenant: TenantId, id: string): Promise<ApprovalDetail['withdrawn']> {
  const { rows } = await sql.query<{
    person_id: string;
    name: string;
    voted_at: Date;
    comment: string | null;
    at: Date;
  }>(
    `select w.person_id, p.name, d.at as voted_at, w.comment, w.at from withdrawals w
     join decisions d on d.tenant_id = w.tenant_id and d.id = w.decision_id
     join people p on p.tenant_id = w.tenant_id and p.id = w.person_id
     where w.tenant_id = $1 and w.approval_id = $2 order by w.at, w.decision_id`,
    [tenant, id],
  );
  return rows.map(({ person_id, name, voted_at, comment, at }) => ({
    person: { id: person_id, name },
    votedAt: timeOf(voted_at),
    comment,
    at: timeOf(at),
  }));
}

async function readFacts(sql: Sql, tenant: TenantId, card: ApprovalCard): Promise<ApprovalDetail['facts']> {
  const { rows } = await sql.query<{
    kind: string;
    target_id: string;
    facts: JsonObject;
    read_at: Date;
  }>(
    `select kind, target_id, facts, read_at from target_facts
     where tenant_id = $1 and (kind, target_id) in (select * from unnest($2::text[], $3::text[]))
     order by kind, target_id`,
    [tenant, card.targets.map((target) => target.kind), card.targets.map((target) => target.id)],
  );
  return rows.map((row) => ({
    kind: row.kind,
    id: row.target_id,
    facts: openFacts(row.facts),
    readAt: timeOf(row.read_at),
  }));
}
