import type { TenantId } from '../../../schemas/ids.ts';
import { currentRouting } from '../store/queries/current-routing.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

export interface RoutingItem {
  /** 0: none was published, so every playbook looks at everything, in the order of ids. */
  version: number;
  source: string;
  publishedBy: string | null;
  publishedAt: string | null;
}

/** The routing file in force. */
export async function readRouting(sql: Sql, tenant: TenantId): Promise<RoutingItem> {
  const current = await currentRouting(sql, tenant);
  if (current === null) return { version: 0, source: '', publishedBy: null, publishedAt: null };
  const { version, source, publishedBy, publishedAt } = current;
  return { version, source, publishedBy, publishedAt: timeOf(publishedAt) };
}
