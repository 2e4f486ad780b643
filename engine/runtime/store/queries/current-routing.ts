import type { TenantId } from '../../../../schemas/ids.ts';
import type { Routing } from '../../../core/match/routing.ts';
import type { Sql } from '../sql.ts';

export interface RoutingVersion {
  version: number;
  source: string;
  publishedBy: string;
  publishedAt: Date;
}

const newest = `
select version, source, published_by as "publishedBy", published_at as "publishedAt"
from routing_versions where tenant_id = $1
order by version desc
limit 1`;

/** The routing file in force as it was written; null as long as none was published. */
export async function currentRouting(sql: Sql, tenant: TenantId): Promise<RoutingVersion | null> {
  return (await sql.query<RoutingVersion>(newest, [tenant])).rows[0] ?? null;
}

/* Of the primary key alone: asked with every batch of events, while a file can be a megabyte. */
const newestVersion = `
select version from routing_versions where tenant_id = $1
order by version desc
limit 1`;

export async function routingVersionNow(sql: Sql, tenant: TenantId): Promise<number | null> {
  return (await sql.query<{ version: number }>(newestVersion, [tenant])).rows[0]?.version ?? null;
}

export async function loadRouting(sql: Sql, tenant: TenantId, version: number): Promise<Routing | null> {
  const { rows } = await sql.query<{ routing: Routing }>(
    'select routing from routing_versions where tenant_id = $1 and version = $2',
    [tenant, version],
  );
  return rows[0]?.routing ?? null;
}
