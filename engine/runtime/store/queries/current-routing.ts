import type { TenantId } from '../../../../schemas/ids.ts';
import type { Routing } from '../../../core/match/routing.ts';
import type { Sql } from '../sql.ts';

export interface RoutingVersion {
  version: number;
  source: string;
  routing: Routing;
  publishedBy: string;
  publishedAt: Date;
}

const text = `
select version, source, routing, published_by as "publishedBy", published_at as "publishedAt"
from routing_versions where tenant_id = $1
order by version desc
limit 1`;

/** The routing file in force; null as long as none was published. */
export async function currentRouting(sql: Sql, tenant: TenantId): Promise<RoutingVersion | null> {
  return (await sql.query<RoutingVersion>(text, [tenant])).rows[0] ?? null;
}
