import type { Sql } from '../../engine/runtime/store/sql.ts';

/** Where a run and those that it called stand: another text as soon as one of their scopes has moved. */
export async function momentOf(owner: Sql, runId: string): Promise<string> {
  const { rows } = await owner.query<{ moment: string }>(`select ${moment} as moment`, [runId]);
  return rows[0]?.moment ?? '';
}

/**
 * The virtual clock of a case for a run in a database: what it waits for next is due now, and everything else
 * comes nearer by as much. Nothing happens when the run moves by itself, waits for nothing, or has moved on from where it
 * was seen: what an engine asks meanwhile keeps its own time.
 */
export async function passTime(owner: Sql, runId: string, seen: string): Promise<void> {
  const { rows } = await owner.query<Seen>(
    `with moving as (
         select from attempts where ${mine} and state in ('queued', 'claimed')
         union all select from messages where ${mine}),
       due as (
         select (each->>'atMs')::float8 as at_ms
         from scopes, json_array_elements(due) as each
         where ${mine} and live <> 'ended' and not (each->>'kind' = any ($2))
         union all
         select extract(epoch from due_at) * 1000 from deadlines where ${mine})
     select ${moment} as moment, exists (select from moving) as moves,
       (select min(at_ms) - extract(epoch from clock_timestamp()) * 1000 from due) as next_ms,
       array(select id from deadlines where ${mine}) as deadlines,
       array(select ${version} from scopes where ${mine}) as scopes`,
    [runId, inRows],
  );
  const { moment: now, moves = true, next_ms: nextMs = null, deadlines, scopes } = rows[0] ?? {};
  if (now !== seen || moves || nextMs === null || nextMs <= 0) return;
  await owner.query(
    `update scopes s set alarm_at = clock_timestamp(), due = (
       select json_agg(jsonb_set(each, '{atMs}', to_jsonb(floor((each->>'atMs')::float8 - $1::float8))))
       from jsonb_array_elements(s.due::jsonb) as each)
     where ${version} = any ($2) and live <> 'ended' and due::text <> '[]'`,
    [nextMs, scopes],
  );
  await owner.query(
    `update deadlines set due_at = due_at - make_interval(secs => $1::float8 / 1000) where id = any ($2)`,
    [nextMs, deadlines],
  );
}

interface Seen {
  moment: string;
  moves: boolean;
  next_ms: number | null;
  deadlines: string[];
  scopes: string[];
}

const mine = 'run_id in (select id from runs where $1 in (id, parent_run_id))';
const moment = `(select coalesce(sum(version), 0) || ' ' || count(*) from scopes where ${mine})`;
const version = `run_id || ' ' || path || ' ' || version`;

/** Each deadline of a question has a row; what its scope says of them may be long over. */
const inRows = ['expiry', 'escalation', 'reminder', 'recheck'];
