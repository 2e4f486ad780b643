import type { TenantId } from '../../../schemas/ids.ts';
import { rulePrefix } from '../held-budgets.ts';
import type { Sql } from '../store/sql.ts';
import { type Conditions, conditionsFor } from './conditions.ts';
import { expiresAt } from './expires-at.ts';
import { heldNames, secondOf } from './held-names.ts';
import { type ListSpec, type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

/** A budget that is used up, or a rule that asks about each of many, and what waits for it: one request to people, however many questions. */
export interface HeldRequest {
  budget: string;
  kind: 'budget' | 'rule';
  /** What it says of itself. */
  reason: string;
  waiting: number;
  /** Of the oldest thousand that wait, as are `actions` and `playbooks`. */
  targets: number;
  actions: string[];
  playbooks: string[];
  since: string;
  /** The first of them that is a no when nobody decides. */
  expiresAt: string;
}

type Details = Pick<HeldRequest, 'targets' | 'actions' | 'playbooks'>;

interface Row extends Omit<HeldRequest, keyof Details | 'since' | 'expiresAt'> {
  details: Details;
  since: Date;
  expires_at: Date;
}

/** More would be parsed for a line that nobody reads to its end. */
const lookedAtMax = 1_000;

const pending = `q.tenant_id = b.tenant_id and q.held_by = b.held_by and q.state = 'pending'`;

const budgets = `(${heldNames} select $1 as tenant_id, held_by from names where held_by is not null) b`;

const one = `(select $1 as tenant_id, $2 as held_by) b`;

/** The first that expires of each, by which they are ordered. */
const soonest = `cross join lateral (select q.approve_before, ${expiresAt('q')} as expires_at from approvals q
    where ${pending} order by q.approve_before, q.id limit 1) s`;

/** Of those on the page only: PostgreSQL works out what a row shows after it knows which rows are shown. */
const details = `select json_build_object(
    'targets', count(distinct (card->'targets'->0->>'kind', card->'targets'->0->>'id')),
    'actions', array_agg(distinct card->>'action'), 'playbooks', array_agg(distinct playbook_id))
  from (select q.card, (select r.playbook_id from runs r where r.tenant_id = q.tenant_id and r.id = q.run_id) as playbook_id
    from approvals q where ${pending} order by q.requested_at, q.id limit ${lookedAtMax}) oldest`;

const columns = `b.held_by as budget, case when b.held_by like '${rulePrefix}%' then 'rule' else 'budget' end as kind, s.expires_at,
  (select q.held_reason from approvals q where ${pending} order by q.requested_at desc, q.id desc limit 1) as reason,
  (select q.requested_at from approvals q where ${pending} order by q.requested_at, q.id limit 1) as since,
  (select count(*)::int from approvals q where ${pending}) as waiting, (${details}) as details`;

const spec = (from: string, conditions: Conditions): ListSpec<Row, HeldRequest> => ({
  question: questionOf('held', {}),
  columns,
  from,
  conditions,
  sortColumn: 's.approve_before',
  sortKind: 'time',
  idColumn: 'b.held_by',
  descending: false,
  toItem: ({ expires_at, since, details: { targets, actions, playbooks }, ...row }) => ({
    budget: row.budget,
    kind: row.kind,
    reason: row.reason,
    waiting: row.waiting,
    targets,
    actions,
    playbooks,
    since: timeOf(since),
    expiresAt: timeOf(expires_at),
  }),
});

/** The one that expires first on top. */
export function listHeld(sql: Sql, tenant: TenantId, request: PageRequest): Promise<Page<HeldRequest>> {
  const conditions = conditionsFor('b.tenant_id', tenant);
  // A single question of a rule is a card like any other.
  conditions.clauses.push(`(b.held_by not like '${rulePrefix}%' or exists (${secondOf('b.held_by')}))`);
  return readPage(sql, request, spec(`${budgets} ${soonest}`, conditions));
}

/** One of them, also a rule that one question waits for; null when nothing does. */
export async function readHeld(sql: Sql, tenant: TenantId, budget: string): Promise<HeldRequest | null> {
  const conditions = conditionsFor('b.tenant_id', tenant);
  conditions.values.push(budget);
  const { items } = await readPage(sql, { limit: 1 }, spec(`${one} ${soonest}`, conditions));
  return items[0] ?? null;
}
