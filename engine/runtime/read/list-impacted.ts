import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { openFacts } from '../../core/run/known-facts.ts';
import type { Sql } from '../store/sql.ts';
import { seen, standing, withHold } from './list-contained.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

/*
 * What an incident is about: every target that one of its alerts names or one of its runs changed, with all that is
 * contained of it at this instant, by whichever run: a host that another incident isolated is isolated. Targets are
 * compared as they are written; an account under its address and under its object id is two.
 */

export interface ImpactedItem {
  kind: string;
  id: string;
  name: string | null;
  /** How many alerts of the incident name it. */
  alerts: number;
  /** What a run, of whichever incident, last read of it in its system, and when. Null when none did. */
  known: { facts: JsonObject; readAt: string } | null;
  /** At most ten. */
  contained: {
    /** The undo record: what is renewed, and what is taken back to release it. */
    id: string;
    effect: string;
    state: string;
    run: string;
    playbook: { id: string; title: string };
    incidentId: string | null;
  }[];
}

interface Row {
  kind: string;
  target_id: string;
  name: string | null;
  alerts: number;
  facts: JsonObject | null;
  read_at: Date | null;
  contained: ImpactedItem['contained'];
}

const targets = `(select x.kind, x.target_id, max(x.name) as name, sum(x.alerts)::int as alerts from (
    select n.kind, n.target_id, n.name, 1 as alerts from alerts a
    join alert_targets n on n.tenant_id = a.tenant_id and n.alert_id = a.id
    where a.tenant_id = $1 and a.incident_id = $2
    union all
    select u.target_kind, u.target_id, null, 0 from runs r
    join undo_records u on u.tenant_id = r.tenant_id and u.run_id = r.id
    where r.tenant_id = $1 and r.incident_id = $2 and u.target_id is not null
  ) x group by x.kind, x.target_id) g
  left join target_facts f on f.tenant_id = $1 and f.kind = g.kind and f.target_id = g.target_id`;

const standsNow = `(select coalesce(json_agg(json_build_object('id', c.id, 'effect', c.effect, 'state', c.state, 'run', c.run_id,
    'playbook', json_build_object('id', c.playbook_id, 'title', c.title), 'incidentId', c.incident_id)), '[]')
  from (select u.id, u.effect, u.state, u.run_id, r.playbook_id, v.title, r.incident_id from ${withHold}
    join runs r on r.tenant_id = u.tenant_id and r.id = u.run_id
    join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id and v.version = r.playbook_version
    where u.tenant_id = $1 and u.target_kind = g.kind and u.target_id = g.target_id and ${standing} and ${seen}
    order by u.created_at desc, u.id limit 10) c)`;

/** By kind and id. */
export function listImpacted(
  sql: Sql,
  tenant: TenantId,
  incident: string,
  request: PageRequest,
): Promise<Page<ImpactedItem>> {
  return readPage<Row, ImpactedItem>(sql, request, {
    question: questionOf('impacted', { incident }),
    columns: `g.kind, g.target_id, coalesce(f.facts->>'name', g.name) as name, g.alerts, f.facts, f.read_at,
      ${standsNow} as contained`,
    from: targets,
    conditions: { clauses: ['true'], values: [tenant, incident] },
    // Ids of messages are longer than a cursor.
    sortColumn: `left(g.kind || ':' || g.target_id, 200)`,
    sortKind: 'text',
    idColumn: `md5(g.kind || ':' || g.target_id)`,
    descending: false,
    toItem: ({ kind, target_id: id, name, alerts, facts, read_at: readAt, contained }) => ({
      ...{ kind, id, name, alerts, contained },
      known: facts === null || readAt === null ? null : { facts: openFacts(facts), readAt: timeOf(readAt) },
    }),
  });
}
