import type { DeadlineKind } from '../../engine/core/contracts/command.ts';
import type { Database } from '../../engine/runtime/store/database.ts';

/** As if the time had come for what scopes are waiting for; of one run, or of all. */
export async function makeDue(
  owner: Pick<Database, 'query'>,
  kind: DeadlineKind,
  runId: string | null = null,
): Promise<void> {
  await owner.query(
    `update scopes s set alarm_at = clock_timestamp(), due = (
       select json_agg(case each->>'kind' when $1 then jsonb_set(each, '{atMs}', '0') else each end)
       from jsonb_array_elements(s.due::jsonb) as each)
     where live <> 'ended' and ($2::text is null or run_id = $2)
       and exists (select from json_array_elements(s.due) as each where each->>'kind' = $1)`,
    [kind, runId],
  );
}

/** SQL: how many deadlines there are, in rows of their own and in those of scopes; of one run, or of all. */
export function openDeadlines(run: '$1' | null = null): string {
  const where = run === null ? 'where true' : `where run_id = ${run}`;
  return `((select count(*) from deadlines ${where})
    + (select count(*) from scopes, json_array_elements(due) ${where})
    + (select count(*) from scopes ${where} and due::text = '[]' and alarm_at is not null))::int`;
}
