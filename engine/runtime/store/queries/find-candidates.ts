import type { TenantId } from '../../../../schemas/ids.ts';
import type { IncomingEvent } from '../../../core/intake/incoming-event.ts';
import { lookUps } from '../../../core/match/index-needs.ts';
import type { Sql } from '../sql.ts';
import type { CurrentPlaybook } from './current-playbook.ts';

export interface Candidate extends CurrentPlaybook {
  enabled: boolean;
  triggers: ReadonlySet<string>;
}

/*
 * Triggers that some events could start: those filed under one of an event's values, and those filed
 * under nothing, which every event of their type shares. $2: the types; $3: the events' values by path, each
 * with the place of its event. Reads index pages only, in proportion to what it finds.
 */
export const candidatesText = `
select null::int as place, t.type, t.playbook_id as "playbookId", t.trigger_id as "triggerId"
from triggers_index t
where t.tenant_id = $1 and t.type = any($2::text[]) and t.need_path is null
union
select e.place, e.type, t.playbook_id, t.trigger_id
from json_to_recordset($3::json) as e(place int, type text, path text, value text)
cross join lateral (
  select playbook_id, trigger_id from triggers_index
  where tenant_id = $1 and type = e.type and need_path = e.path and need_value = e.value
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

interface Named {
  playbookId: string;
  triggerId: string;
}

/** For each event what could answer it, in the order of playbook ids. */
export async function findCandidates(
  sql: Sql,
  tenant: TenantId,
  events: readonly IncomingEvent[],
): Promise<Candidate[][]> {
  const named = await lookUp(sql, tenant, events);
  const ids = [...new Set(named.flatMap((each) => each.map(({ playbookId }) => playbookId)))];
  if (ids.length === 0) return events.map(() => []);
  const { rows } = await sql.query<CurrentPlaybook & { enabled: boolean }>(versionsText, [tenant, ids]);
  return named.map((each) => {
    const byPlaybook = new Map<string, Set<string>>();
    for (const { playbookId, triggerId } of each) {
      const triggers = byPlaybook.get(playbookId) ?? new Set();
      byPlaybook.set(playbookId, triggers.add(triggerId));
    }
    return rows.flatMap((row) => {
      const triggers = byPlaybook.get(row.playbookId);
      return triggers === undefined ? [] : [{ ...row, triggers }];
    });
  });
}

async function lookUp(sql: Sql, tenant: TenantId, events: readonly IncomingEvent[]): Promise<Named[][]> {
  const found: Named[][] = events.map(({ addressee }) => (addressee === null ? [] : [addressee]));
  const values = events.flatMap((event, place) =>
    event.addressee === null ? lookUps(event).map((each) => ({ ...each, place, type: event.type })) : [],
  );
  const types = [...new Set(events.filter((each) => each.addressee === null).map((each) => each.type))];
  if (types.length === 0) return found;
  const { rows } = await sql.query<Named & { place: number | null; type: string }>(candidatesText, [
    tenant,
    types,
    JSON.stringify(values),
  ]);
  const unfiled = rows.filter((row) => row.place === null);
  for (const row of rows) if (row.place !== null) found[row.place]?.push(row);
  for (const [place, event] of events.entries())
    if (event.addressee === null) found[place]?.push(...unfiled.filter((row) => row.type === event.type));
  return found;
}
