import type { Sql } from '../../engine/runtime/store/sql.ts';

/*
 * One real story, told many times over: the rows of alerts and runs that are there are copied with other
 * ids, so that every table has the shape that the engine gives it, at a size no test could play.
 */

/** Before those that point at them. */
const tables = [
  'incidents',
  'alerts',
  'alert_targets',
  'target_facts',
  'runs',
  'run_alerts',
  'decision_traces',
  'frames',
  'scopes',
  'steps',
  'attempts',
  'approvals',
  'deadlines',
  'subscriptions',
  'undo_records',
  'holds',
  'reservations',
  'audit_pack',
] as const;

/** They say whose a row is, and are another's in each copy. */
const ids = [
  'id',
  'alert_id',
  'incident_id',
  'run_id',
  'attempt_id',
  'approval_id',
  'source_id',
  'target_id',
  'target',
  'run_key',
  'action_key',
  'intent_entry_id',
  'key_value',
];

/** @param apartMs how much earlier than the one before each copy happened; 0: all at once */
export async function multiplyStory(sql: Sql, times: number, apartMs = 0): Promise<void> {
  for (const table of tables) {
    const all = await columnsOf(sql, table);
    const columns = all.map(({ name }) => name);
    const changed = columns.filter((column) => ids.includes(column));
    const overrides = changed.map(
      (column) => `'${column}', case when t.${column} is null then null
      else t.${column} || '-' || n end`,
    );
    for (const { name, time } of apartMs === 0 ? [] : all)
      if (time) overrides.push(`'${name}', t.${name} - n * interval '${apartMs} milliseconds'`);
    await sql.query(
      `insert into ${table} (${columns.join(', ')})
       select ${columns.map((column) => `(c).${column}`).join(', ')}
       from (select jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${overrides.join(', ')})) as c
         from ${table} t, generate_series(1, ${times}) as n
         -- Otherwise the whole row is made anew for each of its columns.
         offset 0) as copies
       on conflict do nothing`,
    );
    // Checks of foreign keys that were planned for three rows would read the table for every row that follows.
    await sql.query(`analyze ${table}`);
  }
}

/** All but those that the database gives by itself. */
async function columnsOf(sql: Sql, table: string): Promise<{ name: string; time: boolean }[]> {
  const { rows } = await sql.query<{ name: string; time: boolean }>(
    `select column_name as name, data_type = 'timestamp with time zone' as time from information_schema.columns
     where table_schema = 'riposte' and table_name = $1 and is_identity = 'NO' and is_generated = 'NEVER'
     order by ordinal_position`,
    [table],
  );
  return rows;
}
