import type { TenantId } from '../../../../schemas/ids.ts';
import type { Json } from '../../../../schemas/json.ts';
import type { Sql } from '../sql.ts';

/** Whether the current version of a playbook has this webhook trigger; switched off ones answer too, and their trace says why nothing starts. */
export async function hasWebhook(
  sql: Sql,
  tenant: TenantId,
  playbookId: string,
  triggerId: string,
): Promise<boolean> {
  const text = `select 1 from triggers_index
    where tenant_id = $1 and playbook_id = $2 and trigger_id = $3 and type = 'webhook' limit 1`;
  return (await sql.query(text, [tenant, playbookId, triggerId])).rows.length > 0;
}

const earlier = `
select id, data::jsonb -> 'body' = $5::jsonb as same from signals
where tenant_id = $1 and type = 'webhook' and source_key = $4 and playbook_id = $2 and trigger_id = $3
  and at > (select clock_timestamp()) - interval '24 hours'
order by at desc
limit 1`;

/** The signal that a message of this name has become within a day, and whether it said the same. */
export async function findWebhook(
  sql: Sql,
  tenant: TenantId,
  playbookId: string,
  triggerId: string,
  messageId: string,
  body: Json,
): Promise<{ id: string; same: boolean } | null> {
  const values = [tenant, playbookId, triggerId, messageId, JSON.stringify(body)];
  return (await sql.query<{ id: string; same: boolean }>(earlier, values)).rows[0] ?? null;
}
