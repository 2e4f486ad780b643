import type { PoolClient } from 'pg';

/*
 * Statements of transactions are prepared: parsed once per connection and planned once per plan's life.
 * Measured on the hot path, parsing and planning anew were a third of what the database did for one
 * alert. A plan made while a table was young keeps its sequential scan however the table grows
 * (shared trap of every prepared statement), so each connection throws its plans away every now and then.
 */

/** New plans cost about 0.1 ms per statement; a table that grows from nothing is scanned for no longer than this. */
const planLifeMs = 2_000;

/** Texts that are put together at run time must not fill the memory of every connection for ever. */
const namesMax = 500;

export interface PreparedStatements {
  /** The name under which a text is prepared; undefined: it is parsed each time. */
  nameOf(text: string): string | undefined;
  /** Whether the connection's plans are too old; answers yes once and counts from then on. */
  areStale(client: PoolClient, nowMs: number): boolean;
}

export function createPreparedStatements(): PreparedStatements {
  const names = new Map<string, string>();
  const plannedSinceMs = new WeakMap<PoolClient, number>();
  return {
    nameOf(text) {
      const known = names.get(text);
      if (known !== undefined || names.size >= namesMax) return known;
      const name = `riposte_${names.size + 1}`;
      names.set(text, name);
      return name;
    },
    areStale(client, nowMs) {
      const sinceMs = plannedSinceMs.get(client);
      if (sinceMs !== undefined && nowMs - sinceMs < planLifeMs) return false;
      plannedSinceMs.set(client, nowMs);
      return sinceMs !== undefined;
    },
  };
}
