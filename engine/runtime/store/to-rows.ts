import type { QueryResult, QueryResultRow } from 'pg';
import type { Rows } from './sql.ts';

/** The driver answers a text of several statements with a list; the last one's rows count then. */
export function toRows<Row extends QueryResultRow>(result: QueryResult<Row> | QueryResult<Row>[]): Rows<Row> {
  const last = Array.isArray(result) ? result.at(-1) : result;
  return { rows: last?.rows ?? [], rowCount: last?.rowCount ?? 0 };
}
