import type { Entry } from '../../core/contracts/entry.ts';

export interface Rows<Row> {
  rows: Row[];
  rowCount: number;
}

export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>;
  /** Notes entries that this has written, for whoever counts what is committed; absent: nobody does. */
  wrote?(entries: readonly Entry[]): void;
}

/**
 * The last statements of a transaction. If nobody needs an answer of theirs before it is committed, they travel with
 * the commit; each must then fail by itself if it does not do what it should, since it is too late to look.
 */
export class Lastly<T> {
  readonly send: () => Promise<T>;
  readonly atOnce: boolean;

  /** @param atOnce whether `send` gives all its statements before it waits for any of them; later ones are refused */
  constructor(send: () => Promise<T>, atOnce = true) {
    this.send = send;
    this.atOnce = atOnce;
  }
}

/** Only `Database.transaction` makes one; it refuses to be used after its transaction has ended. */
export interface Tx extends Sql {
  readonly __tx: true;
}
