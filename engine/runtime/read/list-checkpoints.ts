import type { TenantId } from '../../../schemas/ids.ts';
import { newestLog } from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

/** A signed head of the log: whoever keeps one can tell later whether the log is still the same. */
export interface CheckpointItem {
  size: number;
  /** The signed note, byte for byte. */
  note: string | null;
  at: string;
  origin: string;
  /** The log's key as the database knows it. Compare it with the one you were given elsewhere. */
  key: string | null;
}

interface Row {
  size: string;
  note: string | null;
  at: Date;
  origin: string;
  key: string | null;
}

/** Checkpoints of one log, the newest unless another one is named. */
export function listCheckpoints(
  sql: Sql,
  tenant: TenantId,
  filter: { log?: string | undefined; sort?: 'size' | '-size' | undefined },
  request: PageRequest,
): Promise<Page<CheckpointItem>> {
  const conditions = conditionsFor('c.tenant_id', tenant);
  if (filter.log === undefined) conditions.clauses.push(`c.log_id = ${newestLog}`);
  else add(conditions, 'c.log_id = ?', filter.log);
  return readPage<Row, CheckpointItem>(sql, request, {
    question: questionOf('checkpoints', filter),
    columns: 'c.size::text as size, c.note, c.created_at as at, m.origin, m.vkey as key',
    from: 'audit_checkpoint c join audit_log_meta m on m.tenant_id = c.tenant_id and m.log_id = c.log_id',
    conditions,
    sortColumn: 'c.size',
    sortKind: 'index',
    idColumn: 'c.log_id',
    descending: filter.sort !== 'size',
    toItem: (row) => ({
      size: Number(row.size),
      note: row.note,
      at: timeOf(row.at),
      origin: row.origin,
      key: row.key,
    }),
  });
}
