import type { TenantId } from '../../../schemas/ids.ts';
import { exactText } from '../../core/audit/exact-text.ts';
import { newestLog } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { fieldsOfEntry as json } from './fields-of-entry.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

export interface EntryFilter {
  /** Default: the newest log. An earlier one is closed. */
  log?: string | undefined;
  run?: string | undefined;
  /** Of the incident itself, of its alerts and of its runs. */
  incident?: string | undefined;
  /** These alone. */
  indexes?: number[] | undefined;
  type?: string[] | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  target?: { kind: string; id: string } | undefined;
  since?: string | undefined;
  until?: string | undefined;
  sort?: 'index' | '-index' | undefined;
}

/** A sealed entry with what a stranger needs to check it: its own bytes and its leaf hash. */
export interface EntryItem {
  index: number;
  log: string;
  id: string;
  type: string;
  at: string;
  /**
   * The canonical bytes as text; hash these, never a re-serialised form. Null after truncation, and for bytes
   * that somebody wrote past us and that are no text.
   */
  entry: string | null;
  /** SHA-256 leaf hash in hex. */
  leaf: string;
}

interface Row {
  idx: string;
  log_id: string;
  entry_id: string;
  type: string;
  at: Date;
  entry: Uint8Array | null;
  leaf: string;
}

/** What the sequencer has sealed; entries of the last second may still be on their way. */
export function listEntries(
  sql: Sql,
  tenant: TenantId,
  filter: EntryFilter,
  request: PageRequest,
): Promise<Page<EntryItem>> {
  const conditions = conditionsFor('l.tenant_id', tenant);
  if (filter.log === undefined) conditions.clauses.push(`l.log_id = ${newestLog}`);
  else add(conditions, 'l.log_id = ?', filter.log);
  add(conditions, 'l.run_id = ?', filter.run);
  // Bytes are searched faster than they are parsed, and our own ids stand in them as they are.
  add(
    conditions,
    `(l.run_id in (select id from runs where tenant_id = $1 and incident_id = ?)
      or (position(convert_to(?, 'utf8') in l.entry) > 0 and ${json}->>'incidentId' = ?)
      or (position('"alertId":'::bytea in l.entry) > 0
        and ${json}->>'alertId' in (select id from alerts where tenant_id = $1 and incident_id = ?)))`,
    filter.incident,
  );
  add(conditions, 'l.idx = any(?::bigint[])', filter.indexes);
  add(conditions, 'l.type = any(?)', filter.type);
  add(conditions, 'l.at >= ?::timestamptz', filter.since);
  add(conditions, 'l.at < ?::timestamptz', filter.until);
  add(conditions, `${json}->'actor'->>'id' = ?`, filter.actor);
  add(conditions, `split_part(${json}->>'action', '@', 1) = ?`, filter.action);
  add(
    conditions,
    `exists (select 1 from json_array_elements(case when json_typeof(${json}->'targets') = 'array' then ${json}->'targets' end) named
       where (named->>'kind', named->>'id') = ((?::text[])[1], (?::text[])[2]))`,
    filter.target && [filter.target.kind, filter.target.id],
  );
  return readPage<Row, EntryItem>(sql, request, {
    question: questionOf('entries', filter),
    columns: `l.idx::text as idx, l.log_id, l.entry_id, l.type, l.at, l.entry,
      encode(l.leaf, 'hex') as leaf`,
    from: 'audit_log l',
    conditions,
    sortColumn: 'l.idx',
    sortKind: 'index',
    idColumn: 'l.entry_id',
    descending: filter.sort !== 'index',
    toItem: (row) => ({
      index: Number(row.idx),
      log: row.log_id,
      id: row.entry_id,
      type: row.type,
      at: timeOf(row.at),
      entry: exactText(row.entry),
      leaf: row.leaf,
    }),
  });
}
