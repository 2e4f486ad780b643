import type { Sql } from '../store/sql.ts';
import type { Conditions } from './conditions.ts';
import { decodeCursor, encodeCursor, type SortKind } from './cursor.ts';

/*
 * Every list of the API is read here: keyset paging over (sort column, id), which stays fast and
 * whole on a list that grows while somebody reads it. Offsets would repeat and skip rows.
 */

export interface PageRequest {
  /** 1 to 200. */
  limit: number;
  cursor?: string | undefined;
}

export interface Page<Item> {
  items: Item[];
  /** Null on the last page. */
  next: string | null;
}

export interface ListSpec<Row, Item> {
  /** Name of the list with sort and filter: what a cursor belongs to. */
  question: string;
  columns: string;
  from: string;
  conditions: Conditions;
  /** A column of the type that `sortKind` names; the id itself where it orders the list alone. */
  sortColumn: string;
  sortKind: SortKind;
  idColumn: string;
  descending: boolean;
  /**
   * Of which one holds, for each of which an index has the order of the list. Each is read only as far as the page
   * goes, however many rows lie between.
   */
  anyOf?: readonly string[] | undefined;
  /**
   * Selects of the same columns, in the place of `from`: together they are the list, and their rows are called \`s\`. Each
   * keeps no more than a page of its rows, and reads no more where an index has its order; \`columns\` are asked of the
   * rows of the page alone.
   */
  arms?: readonly string[] | undefined;
  toItem(row: Row): Item;
}

interface KeyColumns {
  page_key: string;
  page_id: string;
}

/** @throws BadCursor */
export async function readPage<Row, Item>(
  sql: Sql,
  request: PageRequest,
  spec: ListSpec<Row, Item>,
): Promise<Page<Item>> {
  const { clauses, values } = spec.conditions;
  const where = [...clauses];
  const parameters = [...values];
  if (request.cursor !== undefined) {
    const [key, id] = decodeCursor(spec.question, spec.sortKind, request.cursor);
    const than = spec.descending ? '<' : '>';
    parameters.push(key);
    const at = `$${parameters.length}::${casts[spec.sortKind]}`;
    if (spec.sortColumn === spec.idColumn) where.push(`${spec.idColumn} ${than} ${at}`);
    else {
      parameters.push(id);
      // What an index has is the time alone.
      if (spec.arms !== undefined) where.push(`${spec.sortColumn} ${than}= ${at}`);
      where.push(`(${spec.sortColumn}, ${spec.idColumn}) ${than} (${at}, $${parameters.length})`);
    }
  }
  parameters.push(request.limit + 1);
  const direction = spec.descending ? 'desc' : 'asc';
  // The key keeps the database's microseconds: a JavaScript date would round and repeat rows.
  const key =
    spec.sortKind === 'time'
      ? `to_char(${spec.sortColumn} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
      : `${spec.sortColumn}::text`;
  const id = spec.sortColumn === spec.idColumn ? key : spec.idColumn;
  const limit = `limit $${parameters.length}`;
  const pageWith = (clauses: readonly string[], sortedBy = '') =>
    `select ${spec.columns}, ${key} as page_key, ${id} as page_id${sortedBy}
     from ${spec.from} where ${clauses.join(' and ')}
     order by ${spec.sortColumn} ${direction}, ${spec.idColumn} ${direction} ${limit}`;
  const either = spec.anyOf ?? [];
  const inOrder = `order by ${spec.sortColumn} ${direction}, ${spec.idColumn} ${direction}`;
  const fromArms = (arms: readonly string[]) =>
    `select ${spec.columns}, ${key} as page_key, ${id} as page_id from (
       select * from (${arms
         .map((arm) => `(select * from (${arm}) s where ${where.join(' and ')} ${inOrder} ${limit})`)
         .join(' union all ')}) s ${inOrder} ${limit}) s ${inOrder}`;
  const text =
    spec.arms !== undefined
      ? fromArms(spec.arms)
      : either.length < 2
        ? pageWith([...where, ...either])
        : `select * from (${either
            .map((clause) => `(${pageWith([...where, clause], `, ${spec.sortColumn} as page_sort`)})`)
            .join(' union all ')}) pages
     order by page_sort ${direction}, page_id ${direction} ${limit}`;
  const { rows } = await sql.query<Row & KeyColumns>(text, parameters);
  const page = rows.slice(0, request.limit);
  const last = page.at(-1);
  const more = rows.length > request.limit && last !== undefined;
  return {
    items: page.map((row) => spec.toItem(row)),
    next: more ? encodeCursor(spec.question, [last.page_key, last.page_id]) : null,
  };
}

const casts: { readonly [kind in SortKind]: string } = {
  time: 'timestamptz',
  index: 'bigint',
  place: 'int[]',
  text: 'text',
};

/** The same filter always gives the same text, whatever the order its fields were written in. */
export function questionOf(list: string, filter: object): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return JSON.stringify([list, given.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
