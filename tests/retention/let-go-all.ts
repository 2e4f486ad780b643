import { letGoOnce } from '../../engine/runtime/keep-retention.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import type { Removed } from '../../engine/runtime/store/queries/retention.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';

export interface Round {
  removed: Removed;
  kept: { [reason: string]: number };
  batches: number;
}

/** A whole round, from where it stands to its end. */
export async function letGoAll(app: Database, days = 31, atMost = 100): Promise<Round> {
  const parts = {
    database: app,
    tenant: defaultTenant,
    mint: mintId,
    log: () => undefined,
    days,
    onEntries: () => undefined,
  };
  for (let batches = 1; ; batches++) {
    const answer = await letGoOnce(parts, days, atMost);
    if (answer.state === 'busy' || answer.state === 'held')
      throw new Error(`nothing can go: ${answer.state}`);
    if (answer.state === 'going') continue;
    const { rows } = await app.query<Pick<Round, 'removed' | 'kept'>>(
      'select removed, kept from retention where tenant_id = $1',
      [defaultTenant],
    );
    if (rows[0] === undefined) throw new Error('nothing is known of the round');
    return { ...rows[0], batches };
  }
}

/** Tables that name one of these ids anywhere in a column of text, with the column; what is meant to stay is left out. */
export async function placesOf(owner: Database, ids: readonly string[]): Promise<string[]> {
  const { rows } = await owner.query<{ table: string; column: string }>(
    `select c.table_name as table, c.column_name as column from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'riposte' and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'json', 'ARRAY')
       and c.table_name not like 'audit%' and c.table_name not like 'gone_%' order by 1, 2`,
  );
  const places: string[] = [];
  for (const { table, column } of rows) {
    const found = await owner.query(
      `select 1 from ${table} t where exists (select from unnest($1::text[]) as w(word) where strpos(t."${column}"::text, w.word) > 0) limit 1`,
      [ids],
    );
    if (found.rowCount > 0) places.push(`${table}.${column}`);
  }
  return places;
}
