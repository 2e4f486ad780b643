import { invariant } from '../../core/contracts/invariant.ts';

/*
 * Rows of one statement as one parameter: an array of a composite type, in PostgreSQL's binary format. In SQL they are
 * `from unnest($2::changed_step[]) as x`. Read as JSON, a value costs the server four times as much as here, and what
 * a run writes has some three hundred.
 *
 * Format: array_recv, record_recv and the receive functions of the types, as PostgreSQL's sources have them since 14:
 * a header (dimensions, nulls, type; length, lower bound), then for each row its bytes, its columns, and for each
 * column the number of its type, its bytes (-1: null) and itself, all integers big-endian.
 */

/** The types' numbers are part of PostgreSQL and the same in every installation. */
const numbers = { text: 25, int: 23, bigint: 20, boolean: 16, json: 114, 'int[]': 1007 } as const;

interface Values {
  text: string;
  /** 32 bits. */
  int: number;
  bigint: number;
  boolean: boolean;
  json: unknown;
  'int[]': readonly number[];
}

export type Columns = { readonly [name: string]: keyof Values };
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: Values[C[Name]] | null };

export interface RowType<C extends Columns> {
  /** Of the composite type in the schema; a migration creates it with these columns in this order. */
  name: string;
  columns: C;
  /** @throws InvariantBroken for a number that is no integer or too large, and for half of a surrogate pair */
  pack(rows: readonly RowOf<C>[]): Buffer;
}

/** What a row type's rows look like: `Row<typeof changedStep>`. */
export type Row<T> = T extends RowType<infer C> ? RowOf<C> : never;

export function rowType<const C extends Columns>(name: string, columns: C): RowType<C> {
  const writers = Object.entries(columns).map(([column, kind]) => ({
    column,
    number: numbers[kind],
    write: writersOf[kind] as (bytes: Bytes, value: unknown) => void,
  }));
  return {
    name,
    columns,
    pack(rows) {
      const bytes = new Bytes(64 + rows.length * (24 + 24 * writers.length));
      // Of composite types, which every installation numbers otherwise, the server does not compare the number.
      bytes.header(0x7fff_ffff, rows.length);
      for (const row of rows) {
        const start = bytes.open();
        bytes.int(writers.length);
        for (const { column, number, write } of writers) {
          bytes.int(number);
          const value = row[column];
          if (value === null || value === undefined) bytes.int(-1);
          else write(bytes, value);
        }
        bytes.close(start);
      }
      return bytes.taken();
    },
  };
}

const writersOf: { [Kind in keyof Values]: (bytes: Bytes, value: Values[Kind]) => void } = {
  text: (bytes, value) => bytes.text(value),
  json: (bytes, value) => bytes.text(JSON.stringify(value)),
  int: (bytes, value) => {
    bytes.int(4);
    bytes.int(value);
  },
  bigint: (bytes, value) => {
    bytes.int(8);
    bytes.long(value);
  },
  boolean: (bytes, value) => {
    bytes.int(1);
    bytes.byte(value ? 1 : 0);
  },
  'int[]': (bytes, value) => {
    const start = bytes.open();
    bytes.header(numbers.int, value.length);
    for (const item of value) {
      bytes.int(4);
      bytes.int(item);
    }
    bytes.close(start);
  },
};

class Bytes {
  #all: Buffer;
  #end = 0;

  constructor(expected: number) {
    this.#all = Buffer.allocUnsafe(expected);
  }

  /** Of an array with one dimension, from 1, with room for nulls. */
  header(type: number, length: number): void {
    this.int(length === 0 ? 0 : 1);
    this.int(0);
    this.int(type);
    if (length === 0) return;
    this.int(length);
    this.int(1);
  }

  byte(value: number): void {
    this.#room(1);
    this.#all[this.#end++] = value;
  }

  int(value: number): void {
    invariant((value | 0) === value, 'a number is an integer of 32 bits');
    this.#room(4);
    this.#end = this.#all.writeInt32BE(value, this.#end);
  }

  long(value: number): void {
    invariant(Number.isSafeInteger(value), 'a number is an integer that can be told from its neighbours');
    this.#room(8);
    this.#end = this.#all.writeInt32BE(Math.floor(value / 2 ** 32), this.#end);
    this.#end = this.#all.writeInt32BE(value | 0, this.#end);
  }

  /** Its length before it. */
  text(value: string): void {
    // Three bytes are the most that one unit of UTF-16 becomes.
    this.#room(4 + value.length * 3);
    const length = this.#all.write(value, this.#end + 4, 'utf8');
    // Half of a pair would become another character without a word.
    invariant(length === value.length || value.isWellFormed(), 'a text holds whole characters');
    this.int(length);
    this.#end += length;
  }

  /** Leaves room for the length of what follows, until `close` is given what it returns. */
  open(): number {
    this.int(0);
    return this.#end;
  }

  close(start: number): void {
    this.#all.writeInt32BE(this.#end - start, start - 4);
  }

  taken(): Buffer {
    return this.#all.subarray(0, this.#end);
  }

  #room(more: number): void {
    if (this.#end + more <= this.#all.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#end + more));
    this.#all.copy(larger, 0, 0, this.#end);
    this.#all = larger;
  }
}
