import type { TenantId } from '../../../schemas/ids.ts';
import { stuckLease } from '../store/queries/leases.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { type Target, targetOf } from './target.ts';
import { timeOf } from './time.ts';

/*
 * What is contained at this instant: every hold whose effect has come about, with the record that would take
 * it back, and what is just being taken back, which its run holds no more but the target still shows. One that
 * is only wanted is on its way and no containment yet.
 */

export interface ContainedFilter {
  effect?: string | undefined;
  origin?: string[] | undefined;
  system?: string | undefined;
  target?: { kind: string; id: string } | undefined;
  playbook?: string | undefined;
  run?: string | undefined;
  /** By its runs. */
  incident?: string | undefined;
  /** `expiring`: its end is near, so that people were warned of it. `stuck`: it has come and no engine of this version can do anything. */
  lease?: readonly string[] | undefined;
}

export interface ContainedItem {
  /** The undo record: what is renewed, and what is taken back to release it. */
  id: string;
  effect: string;
  target: Target | null;
  since: string;
  action: string;
  run: { id: string; state: string };
  step: string;
  name: string;
  playbook: { id: string; title: string };
  startedBy: string;
  /** Names of those who said yes to it; empty when nobody was asked. */
  approvedBy: string[];
  /** `found`: it was so before the run came, and is left so. */
  origin: 'ours' | 'found' | 'unknown';
  /** How it would be taken back; null when there is no way. */
  inverse: string | null;
  /** `done`: it stands. `undoing`: it is being taken back. `undo-failed`: that failed, `irreversible`: nothing takes it back, and it is still there. */
  state: string;
  /** `warned`: its end is near, and people were told so. `stuck`: it has ended, and only an engine of another version can end it. */
  lease: { until: string; atEnd: string; asked: boolean; warned: boolean; stuck: boolean } | null;
  /** Other runs that hold the same effect on the target, at most ten of them. */
  others: string[];
}

interface Row {
  id: string;
  effect: string;
  target_kind: string;
  target_id: string;
  target_name: string | null;
  since: Date;
  action: string;
  run_id: string;
  run_state: string;
  step_path: string;
  step_name: string;
  playbook_id: string;
  playbook_title: string;
  started_by: string;
  approved_by: string[];
  origin: ContainedItem['origin'];
  inverse: string | null;
  state: string;
  lease_until: Date | null;
  lease_at_end: string | null;
  asked: boolean;
  warned: boolean;
  stuck: boolean;
  others: string[];
}

/** Spelt as the index `undo_records_contained` spells it. */
export const standing = `u.state in ('done', 'undoing', 'undo-failed', 'irreversible') and u.effect is not null`;
export const seen = `(u.state = 'undoing' or h.run_id is not null)`;
export const withHold = `undo_records u
  left join holds h on h.tenant_id = u.tenant_id and h.effect = u.effect and h.target_kind = u.target_kind
    and h.target_id = u.target_id and h.run_id = u.run_id and h.step_path = u.step_path and h.state in ('held', 'unreleased')`;

const columns = `u.id, u.effect, u.target_kind, u.target_id, f.facts->>'name' as target_name, coalesce(h.since, u.created_at) as since, u.action, u.run_id,
  r.state as run_state, u.step_path, u.step_name, r.playbook_id, v.title as playbook_title, r.started_by,
  array(select coalesce(p.name, b.who) from steps s, json_array_elements_text(s.approval->'by') as b(who)
    left join people p on p.tenant_id = $1 and p.id = b.who
    where s.tenant_id = $1 and s.run_id = u.run_id and s.path = u.step_path and s.approval->>'outcome' = 'granted'
    limit 10) as approved_by,
  coalesce(h.origin, u.origin) as origin, u.inverse->>'action' as inverse, u.state, u.lease_until, u.lease_at_end, u.lease_asked is not null as asked,
  coalesce(u.lease_warned_until = u.lease_until, false) as warned,
  coalesce(${stuckLease}, false) as stuck,
  array(select distinct o.run_id from holds o where o.tenant_id = $1 and o.effect = u.effect
    and o.target_kind = u.target_kind and o.target_id = u.target_id and o.state in ('wanted', 'held')
    and (o.run_id, o.step_path) <> (u.run_id, u.step_path) limit 10) as others`;

const tables = `${withHold}
  join runs r on r.tenant_id = u.tenant_id and r.id = u.run_id
  join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id
    and v.version = r.playbook_version
  left join target_facts f on f.tenant_id = u.tenant_id and f.kind = u.target_kind and f.target_id = u.target_id`;

export function listContained(
  sql: Sql,
  tenant: TenantId,
  filter: ContainedFilter,
  request: PageRequest,
): Promise<Page<ContainedItem>> {
  const conditions = conditionsFor('u.tenant_id', tenant);
  conditions.clauses.push(standing, seen);
  add(conditions, 'u.effect = ?', filter.effect);
  add(conditions, 'coalesce(h.origin, u.origin) = any(?)', filter.origin);
  add(conditions, `starts_with(u.action, ? || '.')`, filter.system);
  add(
    conditions,
    '(u.target_kind, u.target_id) = ((?::text[])[1], (?::text[])[2])',
    filter.target && [filter.target.kind, filter.target.id],
  );
  add(conditions, 'r.playbook_id = ?', filter.playbook);
  add(conditions, 'u.run_id = ?', filter.run);
  add(conditions, 'r.incident_id = ?', filter.incident);
  if (filter.lease !== undefined) conditions.clauses.push(leasesOf(filter.lease));
  return readPage<Row, ContainedItem>(sql, request, {
    question: questionOf('contained', filter),
    columns,
    from: tables,
    conditions,
    sortColumn: 'u.created_at',
    sortKind: 'time',
    idColumn: 'u.id',
    descending: true,
    toItem,
  });
}

/** Spelt as the index `undo_records_expiring` spells it. */
const expiring = `u.state = 'done' and u.lease_asked is null and u.lease_warned_until = u.lease_until
  and u.lease_until > (select clock_timestamp())`;

function leasesOf(words: readonly string[]): string {
  const clauses = [
    ...(words.includes('expiring') ? [`(${expiring})`] : []),
    ...(words.includes('stuck') ? [`(${stuckLease})`] : []),
  ];
  return clauses.length === 0 ? 'false' : `(${clauses.join(' or ')})`;
}

/** How much of it the runs of one incident hold; the incident is a row `i` of the statement. */
export const containedOfIncident = `(select count(*)::int from ${withHold}
    join runs r on r.tenant_id = u.tenant_id and r.id = u.run_id
    where r.tenant_id = i.tenant_id and r.incident_id = i.id and ${standing} and ${seen})`;

/** For the line on every page of those who can renew: how many leases end soon, and when the first one does. */
export async function countExpiring(
  sql: Sql,
  tenant: TenantId,
): Promise<{ count: number; soonest: string } | null> {
  const { rows } = await sql.query<{ count: number; soonest: Date | null }>(
    `select count(*)::int as count, min(lease_until) as soonest from (select u.lease_until from undo_records u
       where u.tenant_id = $1 and ${expiring} order by u.lease_until limit 1000) first`,
    [tenant],
  );
  const [found] = rows;
  return found === undefined || found.soonest === null
    ? null
    : { count: found.count, soonest: timeOf(found.soonest) };
}

/** Likewise: how many have ended without anybody who could end them. */
export async function countStuck(sql: Sql, tenant: TenantId): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*)::int as count from (select 1 from undo_records u join runs r on r.tenant_id = u.tenant_id and r.id = u.run_id
       where u.tenant_id = $1 and ${stuckLease} limit 1000) first`,
    [tenant],
  );
  return rows[0]?.count ?? 0;
}

/** One of them by its record; null when it stands no more. */
export async function readContained(sql: Sql, tenant: TenantId, id: string): Promise<ContainedItem | null> {
  const { rows } = await sql.query<Row>(
    `select ${columns} from ${tables} where u.tenant_id = $1 and u.id = $2 and ${standing} and ${seen}`,
    [tenant, id],
  );
  return rows[0] === undefined ? null : toItem(rows[0]);
}

function toItem(row: Row): ContainedItem {
  return {
    id: row.id,
    effect: row.effect,
    target: targetOf(row.target_kind, row.target_id, row.target_name),
    since: timeOf(row.since),
    action: row.action,
    run: { id: row.run_id, state: row.run_state },
    step: row.step_path,
    name: row.step_name,
    playbook: { id: row.playbook_id, title: row.playbook_title },
    startedBy: row.started_by,
    approvedBy: row.approved_by,
    origin: row.origin,
    inverse: row.inverse,
    state: row.state,
    lease:
      row.lease_until === null
        ? null
        : {
            until: timeOf(row.lease_until),
            atEnd: row.lease_at_end ?? 'ask',
            asked: row.asked,
            warned: row.warned,
            stuck: row.stuck,
          },
    others: row.others,
  };
}
