import type { TenantId } from '../../../schemas/ids.ts';
import { type Answered, type ResponseTimes, responseTimes, type Span } from '../../core/report/response.ts';
import { shareAnswer } from '../share-answer.ts';
import type { Sql } from '../store/sql.ts';

/** So many of the newest: more would be read for a digit that nobody acts on. */
export const answeredMost = 2_000;

export const responseDays = [7, 30] as const;

/** Of one time, and of as much time before it. */
export interface ResponseReport {
  days: number;
  /** Alerts for which something was contained. */
  respond: ResponseTimes;
  respondBefore: ResponseTimes;
  /** Alerts for which nothing was, and about which a person had the word. */
  decide: ResponseTimes;
  decideBefore: ResponseTimes;
  /** More than so many orders or questions: these are the newest. */
  partial: boolean;
}

/** Months change little in a minute, and every home page shows them. */
const keptMs = 60_000;

export function createResponseReports(
  sql: Sql,
  kept = keptMs,
): (tenant: TenantId) => Promise<ResponseReport[]> {
  const byTenant = new Map<TenantId, () => Promise<ResponseReport[]>>();
  return (tenant) => {
    const ask = byTenant.get(tenant) ?? shareAnswer(() => readResponse(sql, tenant), kept);
    byTenant.set(tenant, ask);
    return ask();
  };
}

async function readResponse(sql: Sql, tenant: TenantId): Promise<ResponseReport[]> {
  return await Promise.all(responseDays.map((days) => reportOf(sql, tenant, days)));
}

async function reportOf(sql: Sql, tenant: TenantId, days: number): Promise<ResponseReport> {
  const [now, before] = await Promise.all([
    answeredIn(sql, tenant, 0, days),
    answeredIn(sql, tenant, days, 2 * days),
  ]);
  return {
    days,
    respond: responseTimes(now.contained),
    respondBefore: responseTimes(before.contained),
    decide: responseTimes(now.decided),
    decideBefore: responseTimes(before.decided),
    partial: now.partial || before.partial,
  };
}

interface Window {
  contained: Answered[];
  decided: Answered[];
  partial: boolean;
}

async function answeredIn(sql: Sql, tenant: TenantId, to: number, from: number): Promise<Window> {
  const values = [tenant, from, to, answeredMost];
  const [contained, decided] = await Promise.all([
    sql.query<Told>(containedSql, values),
    sql.query<Told>(decidedSql, values),
  ]);
  const acted = new Set(contained.rows.map(({ alert }) => alert));
  return {
    contained: byAlert(contained.rows),
    decided: byAlert(decided.rows.filter(({ alert }) => !acted.has(alert))),
    partial: [contained, decided].some(({ rows }) => Number(rows[0]?.found ?? 0) >= answeredMost),
  };
}

/** One action that was done, or one question that a person ended. Times in milliseconds. */
interface Told {
  /** Of how many rows the window was read. */
  found: string;
  alert: string;
  raised: string | null;
  received: string;
  begun: string;
  ended: string;
  /** The order was taken then and confirmed later. */
  ordered: string | null;
  asked: Span[] | null;
}

/** Each alert is one case, whatever was done about it. */
function byAlert(told: readonly Told[]): Answered[] {
  const cases = Map.groupBy(told, ({ alert }) => alert);
  return [...cases.values()].map((rows) => {
    const [first] = rows;
    const raised = Date.parse(first?.raised ?? '');
    return {
      raisedMs: Number.isNaN(raised) ? Number(first?.received) : raised,
      begunMs: Math.min(...rows.map(({ begun }) => Number(begun))),
      endedMs: Math.max(...rows.map(({ ended }) => Number(ended))),
      asked: rows.flatMap(({ asked }) => asked ?? []),
      confirming: rows.flatMap(({ ordered, ended }): Span[] =>
        ordered === null ? [] : [[Number(ordered), Number(ended)]],
      ),
    };
  });
}

const ms = (time: string): string => `(extract(epoch from ${time}) * 1000)::bigint`;
const window = (column: string): string =>
  `${column} >= now() - make_interval(days => $2) and ${column} < now() - make_interval(days => $3)`;

/**
 * Of the cases that `found` and `cases` name. An alert may be a megabyte about a thousand hosts: what it says of itself
 * is read once, however much was done about it.
 */
const told = (found: string, cases: string): string => `with found as materialized (${found}),
  cases as materialized (${cases}),
  raised as materialized (
    select a.id, a.alert->>'created_at' as raised, ${ms('a.received_at')} as received from alerts a
    where a.tenant_id = $1 and a.id in (select alert from cases)),
  asked as materialized (
    select p.run_id, json_agg(json_build_array(${ms('p.requested_at')}, ${ms('p.ended_at')})) as spans from approvals p
    where p.tenant_id = $1 and p.run_id in (select run from cases) and p.ended_at is not null group by p.run_id)
  select (select count(*) from found) as found, c.alert, a.raised, a.received, c.begun, c.ended, c.ordered, q.spans as asked
  from cases c join raised a on a.id = c.alert left join asked q on q.run_id = c.run`;

/** A simulated effect is none; what was there already was found, and counts as confirmed when it was. */
const containedSql = told(
  `select t.run_id, t.step_path, t.finished_at, t.outcome->>'kind' as kind from attempts t
   where t.tenant_id = $1 and t.purpose = 'perform' and t.class = 'contain' and ${window('t.created_at')}
   order by t.created_at desc limit $4`,
  `select r.id as run, r.alert_id as alert, ${ms('r.started_at')} as begun, ${ms('s.finished_at')} as ended,
     case when d.kind = 'accepted' then ${ms('d.finished_at')} end as ordered
   from found d
   join steps s on s.tenant_id = $1 and s.run_id = d.run_id and s.path = d.step_path
     and s.status = 'succeeded' and not s.simulated and s.finished_at is not null
   join runs r on r.tenant_id = $1 and r.id = d.run_id and r.started_at is not null and r.alert_id is not null
   where d.kind in ('succeeded', 'accepted')`,
);

const decidedSql = told(
  `select p.run_id, p.ended_at, p.state from approvals p
   where p.tenant_id = $1 and ${window('p.requested_at')}
   order by p.requested_at desc, p.id desc limit $4`,
  `select r.id as run, r.alert_id as alert, ${ms('r.started_at')} as begun, ${ms('e.ended_at')} as ended,
     null::bigint as ordered
   from found e
   join runs r on r.tenant_id = $1 and r.id = e.run_id and r.started_at is not null and r.alert_id is not null
   where e.state in ('granted', 'denied') and e.ended_at is not null and not exists (select 1 from attempts t
     where t.tenant_id = $1 and t.run_id = r.id and t.purpose = 'perform' and t.class = 'contain'
       and t.outcome->>'kind' in ('succeeded', 'accepted'))`,
);
