export interface Rows<Row> {
  rows: Row[];
  rowCount: number;
}

export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Rows<Row>>;
}

/** Only `Database.transaction` makes one; it refuses to be used after its transaction has ended. */
export interface Tx extends Sql {
  readonly __tx: true;
}
