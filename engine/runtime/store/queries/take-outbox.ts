import type { AttemptId, TenantId } from '../../../../schemas/ids.ts';
import type { Sql } from '../sql.ts';

export interface Unsent {
  attemptId: AttemptId;
  system: string;
  priority: number;
}

/*
 * Marks rows of the outbox as sent and returns them, most urgent first. A new row is left to the process
 * that committed it, which hands it over by itself, for one second.
 * In: tenant, limit, seconds to wait for a claim before sending again (doubled per send, to 60 s).
 * The mark comes before the hand-over: if that fails or the process dies, the row is sent again
 * when its wait is over.
 */
const text = `
with ready as (
  select attempt_id from outbox
  where tenant_id = $1 and ((sent_at is null and created_at < clock_timestamp() - interval '1 second')
    or sent_at < clock_timestamp() - make_interval(secs => least(60, $3 * power(2, least(sends, 6) - 1))))
  order by priority, created_at
  limit $2
  for update skip locked
)
update outbox o set sent_at = clock_timestamp(), sends = o.sends + 1
from ready r
where o.tenant_id = $1 and o.attempt_id = r.attempt_id
returning o.attempt_id as "attemptId", o.system, o.priority`;

export async function takeUnsent(
  sql: Sql,
  tenant: TenantId,
  limit: number,
  resendSeconds: number,
): Promise<Unsent[]> {
  return (await sql.query<Unsent>(text, [tenant, limit, resendSeconds])).rows;
}
