import type { TenantId } from '../../../schemas/ids.ts';
import type { ActionClass } from '../../core/contracts/action.ts';
import type { ApprovalCard } from '../../core/contracts/command.ts';
import type { Sql } from '../store/sql.ts';
import { type AskingRow, type AskingStep, askingColumns, askingStep, joinAskingStep } from './asking-step.ts';
import { add, conditionsFor } from './conditions.ts';
import { expiresAt } from './expires-at.ts';
import { aloneUnderRule } from './held-names.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import type { Target } from './target.ts';
import { timeOf } from './time.ts';
import { together } from './together.ts';

export interface ApprovalFilter {
  status?: string[] | undefined;
  playbook?: string | undefined;
  run?: string | undefined;
  incident?: string | undefined;
  /** Only of these steps, by their paths in a run. */
  steps?: string[] | undefined;
  /** Those that one budget holds or one rule asks about; `any`: those of all budgets, `none`: the others. */
  held?: { by: string } | 'any' | 'none' | undefined;
  since?: string | undefined;
  until?: string | undefined;
  sort?: 'createdAt' | '-createdAt' | 'expiresAt' | '-expiresAt' | undefined;
  /** Only what this person may decide now. */
  mine?: { personId: string; names: string[] } | undefined;
}

export interface ApprovalItem extends AskingStep {
  id: string;
  state: string;
  question: string;
  why: string;
  action: string;
  class: ActionClass;
  reversible: boolean;
  targets: Target[];
  approvers: string[];
  quorum: number;
  /** How many the guardrails want even when one of them breaks the glass. */
  glassQuorum: number;
  approvals: number;
  voters: string[];
  /** Who has taken a yes back, once for each time. */
  tookBack: string[];
  excluded: string[];
  unshowable: string | null;
  digest: string;
  createdAt: string;
  /** While everything is paused: when it would expire if the pause were lifted now. */
  expiresAt: string;
  /** Everything is paused, and its time with it. */
  standsStill: boolean;
  /** How much of its time pauses have given back, the one in force included. */
  pausedMs: number;
  /** It was given more time, which happens once. */
  extended: boolean;
  executeBefore: string | null;
  /** The budget that holds it together with others, if one does. */
  heldBy: string | null;
  endedAt: string | null;
}

export interface ApprovalRow extends AskingRow {
  id: string;
  state: string;
  card: ApprovalCard;
  approvers: string[];
  quorum: number;
  glass_quorum: number;
  approvals: number;
  voters: string[];
  took_back: string[];
  excluded: string[];
  digest: string;
  requested_at: Date;
  approve_before: Date;
  stands_still: boolean;
  paused_ms: number;
  extended: boolean;
  execute_before: Date | null;
  held_by: string | null;
  ended_at: Date | null;
}

export const approvalColumns = `p.id, p.state, p.card, ${askingColumns('p')}, p.approvers, p.quorum, p.glass_quorum, p.excluded, p.digest, p.requested_at, ${expiresAt('p')} as approve_before,
  p.state = 'pending' and exists (select 1 from pauses z where z.tenant_id = p.tenant_id and z.active) as stands_still,
  (p.paused_ms + case when p.state = 'pending' then stood_ms(p.tenant_id, p.requested_at) else 0 end)::float8 as paused_ms,
  p.extended_at is not null as extended, p.execute_before, p.ended_at, p.held_by,
  (select count(*)::int from standing_decisions d where d.tenant_id = p.tenant_id and d.approval_id = p.id
    and d.decision = 'approve') as approvals,
  array(select d.person_id from standing_decisions d where d.tenant_id = p.tenant_id and d.approval_id = p.id
    order by d.at) as voters,
  array(select w.person_id from withdrawals w where w.tenant_id = p.tenant_id and w.approval_id = p.id
    order by w.at) as took_back`;

export const approvalTables = `approvals p
  ${joinAskingStep('p')}`;

export function listApprovals(
  sql: Sql,
  tenant: TenantId,
  filter: ApprovalFilter,
  request: PageRequest,
): Promise<Page<ApprovalItem>> {
  const conditions = conditionsFor('p.tenant_id', tenant);
  add(conditions, 'p.state = any(?)', filter.status);
  const pending =
    filter.mine !== undefined || (filter.status?.length === 1 && filter.status[0] === 'pending');
  // Spelt as the indexes of what is open spell it.
  if (pending) conditions.clauses.push(`p.state = 'pending'`);
  add(conditions, 'r.playbook_id = ?', filter.playbook);
  add(conditions, 'p.run_id = ?', filter.run);
  add(conditions, 'r.incident_id = ?', filter.incident);
  add(conditions, 'p.step_path = any(?)', filter.steps);
  const alone = pending && filter.held === 'none';
  if (typeof filter.held === 'string' && !alone)
    add(conditions, `(not ${together('p')}) = ?`, filter.held === 'none');
  else if (typeof filter.held === 'object') add(conditions, 'p.held_by = ?', filter.held.by);
  add(conditions, 'p.requested_at >= ?::timestamptz', filter.since);
  add(conditions, 'p.requested_at < ?::timestamptz', filter.until);
  add(conditions, 'p.approvers && ?::text[]', filter.mine?.names);
  add(
    conditions,
    `not (? = any(p.excluded)) and ${expiresAt('p')} > clock_timestamp()
     and not exists (select 1 from standing_decisions d where d.tenant_id = p.tenant_id and d.approval_id = p.id
       and d.person_id = ?)`,
    filter.mine?.personId,
  );
  const sort = filter.sort ?? '-createdAt';
  return readPage<ApprovalRow, ApprovalItem>(sql, request, {
    question: questionOf('approvals', filter),
    columns: approvalColumns,
    from: approvalTables,
    conditions,
    sortColumn: sort.endsWith('expiresAt') ? 'p.approve_before' : 'p.requested_at',
    sortKind: 'time',
    idColumn: 'p.id',
    descending: sort.startsWith('-'),
    // What is held may be nearly all that waits.
    anyOf: alone ? ['p.held_by is null', `p.id = any (array(${aloneUnderRule}))`] : undefined,
    toItem: toApprovalItem,
  });
}

export function toApprovalItem(row: ApprovalRow): ApprovalItem {
  const { card } = row;
  return {
    id: row.id,
    state: row.state,
    question: card.question,
    why: card.why,
    action: card.action,
    class: card.class,
    reversible: card.reversible,
    targets: card.targets,
    ...askingStep(row),
    approvers: row.approvers,
    quorum: row.quorum,
    glassQuorum: row.glass_quorum,
    approvals: row.approvals,
    voters: row.voters,
    tookBack: row.took_back,
    excluded: row.excluded,
    unshowable: card.unshowable,
    digest: row.digest,
    createdAt: timeOf(row.requested_at),
    expiresAt: timeOf(row.approve_before),
    standsStill: row.stands_still,
    pausedMs: row.paused_ms,
    extended: row.extended,
    executeBefore: timeOf(row.execute_before),
    heldBy: row.held_by,
    endedAt: timeOf(row.ended_at),
  };
}
