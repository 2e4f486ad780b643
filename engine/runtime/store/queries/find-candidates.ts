import type { TenantId } from '../../../../schemas/ids.ts';
import type { IncomingEvent } from '../../../core/intake/incoming-event.ts';
import { lookUps } from '../../../core/match/index-needs.ts';
import type { Sql } from '../sql.ts';
import type { CurrentPlaybook } from './current-playbook.ts';
import { eventValue } from './row-types.ts';

export interface Candidate extends CurrentPlaybook {
  enabled: boolean;
  triggers: ReadonlySet<string>;
}

/*
 * Triggers that some events could start: those filed under one of an event's values, and those filed
 * under nothing, which every event of their type shares; with the current version of each playbook among them and
 * of those that events are addressed to. $2: the types; $3: the events' values by path, each with the place of its
 * event; $4: the addressed. Reads index pages only, in proportion to what it finds: `offset 0` keeps the planner
 * from joining a whole table instead, which it prefers as long as that is small.
 */
export const candidatesText = `
with found as (
  select null::int as place, t.type, t.playbook_id, t.trigger_id
  from triggers_index t
  where t.tenant_id = $1 and t.type = any($2::text[]) and t.need_path is null
  union
  select e.place, e.type, t.playbook_id, t.trigger_id
  from unnest($3::event_value[]) as e
  cross join lateral (
    select playbook_id, trigger_id from triggers_index
    where tenant_id = $1 and type = e.type and need_path = e.path and need_value = e.value
    offset 0
  ) t
)
select found.place, found.type, found.trigger_id as "triggerId", current.*
from (select playbook_id from found union select unnest($4::text[])) as named (playbook_id)
cross join lateral (
  select p.id as "playbookId", v.version, v.digest, v.source_sha256 as "sourceSha256",
    v.published_by as "publishedBy", p.enabled
  from playbooks p
  join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
  where p.tenant_id = $1 and p.id = named.playbook_id
  offset 0
) current
left join found on found.playbook_id = named.playbook_id
order by named.playbook_id`;

type Row = CurrentPlaybook & { enabled: boolean } & (
    | { place: number | null; type: string; triggerId: string }
    /** Only addressed. */
    | { place: null; type: null; triggerId: null }
  );

/** For each event what could answer it, in the order of playbook ids. */
export async function findCandidates(
  sql: Sql,
  tenant: TenantId,
  events: readonly IncomingEvent[],
): Promise<Candidate[][]> {
  const open = events.filter((each) => each.addressee === null);
  const types = [...new Set(open.map((each) => each.type))];
  const values = events.flatMap((event, place) =>
    event.addressee === null ? lookUps(event).map((each) => ({ ...each, place, type: event.type })) : [],
  );
  const addressed = events.flatMap(({ addressee }) => (addressee === null ? [] : [addressee.playbookId]));
  const { rows } = await sql.query<Row>(candidatesText, [tenant, types, eventValue.pack(values), addressed]);
  const versions = new Map(rows.map((row) => [row.playbookId, row]));
  const byPlace = Map.groupBy(rows, (row) => row.place);
  return events.map((event, place) => {
    const triggers = new Map<string, Set<string>>();
    const add = (playbookId: string, triggerId: string) =>
      triggers.set(playbookId, (triggers.get(playbookId) ?? new Set()).add(triggerId));
    if (event.addressee === null) {
      for (const row of [...(byPlace.get(null) ?? []), ...(byPlace.get(place) ?? [])])
        if (row.triggerId !== null && row.type === event.type) add(row.playbookId, row.triggerId);
    } else {
      add(event.addressee.playbookId, event.addressee.triggerId);
    }
    return [...versions.values()].flatMap(
      ({ playbookId, version, digest, sourceSha256, publishedBy, enabled }) => {
        const own = triggers.get(playbookId);
        return own === undefined
          ? []
          : [{ playbookId, version, digest, sourceSha256, publishedBy, enabled, triggers: own }];
      },
    );
  });
}
