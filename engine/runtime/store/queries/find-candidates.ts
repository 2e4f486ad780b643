import type { TenantId } from '../../../../schemas/ids.ts';
import type { IncomingEvent } from '../../../core/intake/incoming-event.ts';
import { lookUps } from '../../../core/match/index-needs.ts';
import type { Sql } from '../sql.ts';
import type { CurrentPlaybook } from './current-playbooks.ts';

export interface Candidate extends CurrentPlaybook {
  enabled: boolean;
  triggers: ReadonlySet<string>;
}

/*
 * Triggers that an event could start: those filed under one of its values, and those filed under
 * nothing. $3: the event's values by path. Reads index pages only, in proportion to what it finds.
 */
export const candidatesText = `
select playbook_id as "playbookId", trigger_id as "triggerId" from triggers_index
where tenant_id = $1 and type = $2 and need_path is null
union
select t.playbook_id, t.trigger_id
from json_to_recordset($3::json) as e(path text, value text)
cross join lateral (
  select playbook_id, trigger_id from triggers_index
  where tenant_id = $1 and type = $2 and need_path = e.path and need_value = e.value
  -- Keeps the planner from joining the whole table instead, which it prefers as long as it is small.
  offset 0
) t`;

/* Their current versions, by primary key. */
export const versionsText = `
select v.playbook_id as "playbookId", v.version, v.digest, v.source_sha256 as "sourceSha256",
  v.published_by as "publishedBy", p.enabled
from playbooks p
join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
where p.tenant_id = $1 and p.id = any($2)
order by p.id`;

export async function findCandidates(sql: Sql, tenant: TenantId, event: IncomingEvent): Promise<Candidate[]> {
  const named = event.addressee === null ? await lookUp(sql, tenant, event) : [event.addressee];
  const byPlaybook = new Map<string, Set<string>>();
  for (const { playbookId, triggerId } of named) {
    const triggers = byPlaybook.get(playbookId) ?? new Set();
    byPlaybook.set(playbookId, triggers.add(triggerId));
  }
  if (byPlaybook.size === 0) return [];
  const { rows } = await sql.query<CurrentPlaybook & { enabled: boolean }>(versionsText, [
    tenant,
    [...byPlaybook.keys()],
  ]);
  return rows.map((row) => ({ ...row, triggers: byPlaybook.get(row.playbookId) ?? new Set() }));
}

async function lookUp(sql: Sql, tenant: TenantId, event: IncomingEvent) {
  const values = JSON.stringify(lookUps(event));
  return (
    await sql.query<{ playbookId: string; triggerId: string }>(candidatesText, [tenant, event.type, values])
  ).rows;
}
