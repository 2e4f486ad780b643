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
