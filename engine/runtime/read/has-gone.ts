import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';

/*
 * Asked about an id that nothing has. Alerts and incidents are remembered by name; of a run the log tells, by the
 * index that its page uses, and nothing but retention takes a run away.
 */
const gone = `
select exists (select from gone_names g where g.tenant_id = $1 and g.id = $2)
  or exists (select from audit_log l where l.tenant_id = $1 and l.run_id = $2) as gone`;

/** Whether it was there and went by retention. */
export async function hasGone(sql: Sql, tenant: TenantId, id: string): Promise<boolean> {
  return (await sql.query<{ gone: boolean }>(gone, [tenant, id])).rows[0]?.gone ?? false;
}
