import type { Routing } from '../core/match/routing.ts';
import type { EngineParts } from './engine-parts.ts';
import { loadRouting, routingVersionNow } from './store/queries/current-routing.ts';
import type { Sql } from './store/sql.ts';

/**
 * A version never changes in one database, so the newest one is kept with the engine it was read by: memoisation only.
 * A file of ten thousand entries is a megabyte, and every batch of events asks for it.
 */
const kept = new WeakMap<EngineParts, { version: number; turn: number; routing: Routing }>();

/** The routing file in force for whoever looks at an event now; null as long as none was published. */
export async function routingInForce(sql: Sql, parts: EngineParts): Promise<Routing | null> {
  const version = await routingVersionNow(sql, parts.tenant);
  if (version === null) return null;
  const known = kept.get(parts);
  const turn = parts.database.turns();
  if (known?.version === version && known.turn === turn) return known.routing;
  const routing = await loadRouting(sql, parts.tenant, version);
  if (routing === null) throw new Error(`routing ${version} is in force and not stored`);
  kept.set(parts, { version, turn, routing });
  return routing;
}
