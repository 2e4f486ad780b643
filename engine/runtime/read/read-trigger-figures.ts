import type { TenantId } from '../../../schemas/ids.ts';
import {
  type CountedRuns,
  type CountedTrace,
  type TriggerFigures,
  triggerFigures,
} from '../../core/report/trigger-figures.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

/** So many of the newest events of each trigger, and runs of the playbook: more is not read. */
export const figuresMost = 1_000;

export const figuresDays = 30;

export interface FiguresOfTrigger extends TriggerFigures {
  /** Not all days were read: events since then were, as many as `figuresMost`. */
  eventsSince: string | null;
  /** Likewise of the runs. */
  runsSince: string | null;
}

/* decision_traces_by_trigger has each trigger's events by time, runs_of_playbook the runs: both are read from the
 * newest on. The time is one for the whole statement, so that the index ends at it. */
const tracesSql = `
select asked.id as "triggerId", newest.outcome, newest.code, count(*)::int as count, min(newest.at) as since
from unnest($3::text[]) asked(id)
cross join lateral (
  select outcome, code, at from decision_traces
  where tenant_id = $1 and playbook_id = $2 and trigger_id = asked.id
    and at > statement_timestamp() - make_interval(days => $5)
  order by at desc limit $4
) newest
group by 1, 2, 3`;

const runsSql = `
select trigger_id as "triggerId", state, mode = 'audit' as audit, count(*)::int as count, min(created_at) as since
from (
  select trigger_id, state, mode, created_at from runs
  where tenant_id = $1 and playbook_id = $2 and created_at > statement_timestamp() - make_interval(days => $4)
  order by created_at desc, id desc limit $3
) newest
group by 1, 2, 3`;

/** For each of the triggers, and `call` for runs that other playbooks called where there were some. */
export async function readTriggerFigures(
  sql: Sql,
  tenant: TenantId,
  playbook: string,
  triggers: readonly string[],
): Promise<FiguresOfTrigger[]> {
  const [traces, runs] = await Promise.all([
    sql.query<CountedTrace & Since>(tracesSql, [tenant, playbook, triggers, figuresMost, figuresDays]),
    sql.query<CountedRuns & Since>(runsSql, [tenant, playbook, figuresMost, figuresDays]),
  ]);
  const isCalled = runs.rows.some(({ triggerId }) => triggerId === 'call');
  const runsSince = cutAt(runs.rows);
  return [...triggers, ...(isCalled && !triggers.includes('call') ? ['call'] : [])].map((triggerId) => ({
    ...triggerFigures(triggerId, traces.rows, runs.rows),
    eventsSince: cutAt(traces.rows.filter((row) => row.triggerId === triggerId)),
    runsSince,
  }));
}

/** Whoever asks while the same is being read gets that: they may have left it waiting, and would leave one more. */
export function createTriggerFigures(
  sql: Sql,
): (tenant: TenantId, playbook: string, triggers: readonly string[]) => Promise<FiguresOfTrigger[]> {
  const sought = new Map<string, Promise<FiguresOfTrigger[]>>();
  return (...asked) => {
    const name = JSON.stringify(asked);
    const answer = sought.get(name) ?? readTriggerFigures(sql, ...asked).finally(() => sought.delete(name));
    sought.set(name, answer);
    return answer;
  };
}

interface Since {
  since: Date;
}

/** The oldest that was read, where not all were. */
function cutAt(rows: readonly (Since & { count: number })[]): string | null {
  if (rows.reduce((sum, { count }) => sum + count, 0) < figuresMost) return null;
  return timeOf(new Date(Math.min(...rows.map(({ since }) => since.getTime()))));
}
