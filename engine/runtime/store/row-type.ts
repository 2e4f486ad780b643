import { BinaryWriter } from './binary-writer.ts';

/*
 * Rows of one statement as one parameter: an array of a composite type, in PostgreSQL's binary format. In SQL they are
 * `from unnest($2::changed_step[]) as x`. Read as JSON, a value costs the server four times as much as here, and what
 * a run writes has some three hundred.
 *
 * Format: array_recv, record_recv and the receive functions of the types, as PostgreSQL's sources have them since 14:
 * a header (dimensions, nulls, type; length, lower bound), then for each row its bytes, its columns, and for each
 * column the number of its type, its bytes (-1: null) and itself.
 */

/** The types' numbers are part of PostgreSQL and the same in every installation. */
const numbers = {
  text: 25,
  int: 23,
  bigint: 20,
  boolean: 16,
  json: 114,
  bytea: 17,
  'int[]': 1007,
  'text[]': 1009,
} as const;

interface Values {
  text: string;
  /** 32 bits. */
  int: number;
  bigint: number;
  boolean: boolean;
  json: unknown;
  bytea: Uint8Array;
  'int[]': readonly number[];
  'text[]': readonly string[];
}

export type Columns = { readonly [name: string]: keyof Values };
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: Values[C[Name]] | null };

export interface RowType<C extends Columns> {
  /** Of the composite type in the schema; a migration creates it with these columns in this order. */
  name: string;
  columns: C;
  /** @throws Unsendable for a number that is no integer or too large, half of a surrogate pair, and U+0000 in JSON */
  pack(rows: readonly RowOf<C>[]): Buffer;
}

/** What a row type's rows look like: `Row<typeof changedStep>`. */
export type Row<T> = T extends RowType<infer C> ? RowOf<C> : never;

export function rowType<const C extends Columns>(name: string, columns: C): RowType<C> {
  const writers = Object.entries(columns).map(([column, kind]) => ({
    column,
    number: numbers[kind],
    write: writersOf[kind] as (to: BinaryWriter, value: unknown) => void,
  }));
  return {
    name,
    columns,
    pack(rows) {
      const to = new BinaryWriter(64 + rows.length * (24 + 24 * writers.length));
      // Of composite types, which every installation numbers otherwise, the server does not compare the number.
      to.header(0x7fff_ffff, rows.length);
      for (const row of rows) {
        const start = to.open();
        to.int(writers.length);
        for (const { column, number, write } of writers) {
          to.int(number);
          const value = row[column];
          if (value === null || value === undefined) to.int(-1);
          else write(to, value);
        }
        to.close(start);
      }
      return to.taken();
    },
  };
}

const writersOf: { [Kind in keyof Values]: (to: BinaryWriter, value: Values[Kind]) => void } = {
  text: (to, value) => to.text(value),
  json: (to, value) => to.json(value),
  int: (to, value) => {
    to.int(4);
    to.int(value);
  },
  bigint: (to, value) => {
    to.int(8);
    to.long(value);
  },
  boolean: (to, value) => {
    to.int(1);
    to.byte(value ? 1 : 0);
  },
  bytea: (to, value) => to.bytes(value),
  'int[]': (to, value) => {
    const start = to.open();
    to.header(numbers.int, value.length);
    for (const item of value) writersOf.int(to, item);
    to.close(start);
  },
  'text[]': (to, value) => {
    const start = to.open();
    to.header(numbers.text, value.length);
    for (const item of value) to.text(item);
    to.close(start);
  },
};
