import { fleetWindowMs } from '../core/guard/share-of-fleet.ts';
import type { EngineParts } from './engine-parts.ts';
import { countKnown } from './store/queries/guardrails-versions.ts';
import type { Sql } from './store/sql.ts';

/** Counting reads every one of them. Of so many, those of a minute more or less are not worth that in every transaction. */
const largeFrom = 1_000;
const keptMs = 60_000;

const kept = new WeakMap<EngineParts, Map<string, { known: number; atMs: number }>>();

/** How many targets of a kind there are, as far as look-ups know; of a large fleet up to a minute ago. */
export async function knownFleet(sql: Sql, parts: EngineParts, kind: string, nowMs: number): Promise<number> {
  const counts = kept.get(parts) ?? new Map<string, { known: number; atMs: number }>();
  kept.set(parts, counts);
  const before = counts.get(kind);
  if (before !== undefined && before.known >= largeFrom && Math.abs(nowMs - before.atMs) < keptMs)
    return before.known;
  const known = await countKnown(sql, parts.tenant, kind, fleetWindowMs);
  counts.set(kind, { known, atMs: nowMs });
  return known;
}
