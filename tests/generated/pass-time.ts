import type { Sql } from '../../engine/runtime/store/sql.ts';

/*
 * The virtual clock of a case for a run in a database: what it waits for next is due now, and everything else
 * comes nearer by as much. False when the run moves by itself, or waits for nothing.
 */
export async function passTime(owner: Sql, runId: string): Promise<boolean> {
  const { rows } = await owner.query<{ next_ms: number | null }>(
    `with mine as (select id from runs where $1 in (id, parent_run_id)),
       moving as (
         select from attempts where run_id in (select id from mine) and state in ('queued', 'claimed')
         union all select from messages where run_id in (select id from mine)),
       due as (
         select (each->>'atMs')::float8 as at_ms
         from scopes, json_array_elements(due) as each
         where run_id in (select id from mine) and live <> 'ended' and not (each->>'kind' = any ($2))
         union all
         select extract(epoch from due_at) * 1000 from deadlines where run_id in (select id from mine))
     select case when exists (select from moving) then null
       else (select min(at_ms) - extract(epoch from clock_timestamp()) * 1000 from due) end as next_ms`,
    [runId, inRows],
  );
  const nextMs = rows[0]?.next_ms ?? null;
  if (nextMs === null || nextMs <= 0) return false;
  const mine = 'run_id in (select id from runs where $1 in (id, parent_run_id))';
  // At once: between the two an engine could ask something new, whose deadlines would be moved as well.
  await owner.query(
    `with woken as (
       update scopes s set alarm_at = clock_timestamp(), due = (
         select json_agg(jsonb_set(each, '{atMs}', to_jsonb(floor((each->>'atMs')::float8 - $2::float8))))
         from jsonb_array_elements(s.due::jsonb) as each)
       where ${mine} and live <> 'ended' and due::text <> '[]')
     update deadlines set due_at = due_at - make_interval(secs => $2::float8 / 1000) where ${mine}`,
    [runId, nextMs],
  );
  return true;
}

/** Each deadline of a question has a row; what its scope says of them may be long over. */
const inRows = ['expiry', 'escalation', 'reminder', 'recheck'];
