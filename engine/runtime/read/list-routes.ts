import type { TenantId } from '../../../schemas/ids.ts';
import { orderDefault, type PlaybookRoute } from '../../core/match/routing.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';

export interface RouteItem extends PlaybookRoute {
  /** Counted over the whole file, whatever the filter leaves out. */
  place: number;
  /** Of the playbook; null where it is not published any more. */
  title: string | null;
}

/** Entries of the routing file in force, in the order in which their playbooks look at an event. */
export function listRoutes(
  sql: Sql,
  tenant: TenantId,
  filter: { q?: string | undefined },
  request: PageRequest,
): Promise<Page<RouteItem>> {
  const conditions = conditionsFor('r.tenant_id', tenant);
  add(conditions, 'position(lower(?::text) in lower(r.playbook)) > 0', filter.q);
  return readPage<RouteItem, RouteItem>(sql, request, {
    question: questionOf('routes', filter),
    columns: `r.place::int as place, r.playbook, r."order", r.enabled, r.expires, r.match, r.mode,
      (select v.title from playbook_versions v where v.tenant_id = r.tenant_id and v.playbook_id = r.playbook
       order by v.version desc limit 1) as title`,
    // Equals by the bytes of their ids, as the match does it.
    from: `(select tenant_id, route ->> 'playbook' as playbook, coalesce((route ->> 'order')::int, ${orderDefault}) as "order",
        (route ->> 'enabled')::boolean as enabled, route ->> 'expires' as expires, route ->> 'match' as match,
        route ->> 'mode' as mode,
        row_number() over (order by coalesce((route ->> 'order')::int, ${orderDefault}), route ->> 'playbook' collate "C") as place
      from (select tenant_id, routing from routing_versions where tenant_id = $1 order by version desc limit 1) newest
      cross join json_array_elements(newest.routing -> 'routes') as route) r`,
    conditions,
    sortColumn: 'r.place',
    sortKind: 'index',
    idColumn: 'r.place',
    descending: false,
    toItem: ({ place, playbook, order, enabled, expires, match, mode, title }) => ({
      ...{ place, playbook, order, enabled, expires, match, mode, title },
    }),
  });
}
