import type { TenantId } from '../../../schemas/ids.ts';
import { type Hash, hexOf, leafHash, sameHash } from '../../core/audit/merkle.ts';
import { readEntry } from '../../core/audit/read-entry.ts';
import type { Entry } from '../../core/contracts/entry.ts';
import type { Sql } from '../store/sql.ts';
import type { BesideCheck } from './check-beside.ts';
import type { StoryCheck } from './check-story.ts';
import type { LogHead } from './read-log-head.ts';
import type { ProblemList } from './verification.ts';

export interface LogRow {
  idx: number;
  entry: Uint8Array | null;
  leaf: Uint8Array;
  entryId: string;
  runId: string | null;
  type: string;
  at: Date;
}

const selectRows = `
select idx, entry, leaf, entry_id as "entryId", run_id as "runId", type, at
from audit_log
where tenant_id = $1 and log_id = $2 and idx >= $3 and idx < $4
order by idx`;

export async function readRows(
  sql: Sql,
  tenant: TenantId,
  logId: string,
  from: number,
  to: number,
): Promise<LogRow[]> {
  return (await sql.query<LogRow>(selectRows, [tenant, logId, from, to])).rows;
}

/** Checks one index: row, bytes, leaf, tile, columns, meaning, and what is kept beside it. */
export class EntryCheck {
  #tenant: TenantId;
  #log: LogHead;
  #list: ProblemList;
  #story: StoryCheck;
  #beside: BesideCheck;
  #missingFrom: number | null = null;
  /** Below it texts went by what the log itself says. */
  #truncatedTo: number;

  constructor(
    tenant: TenantId,
    log: LogHead,
    list: ProblemList,
    { story, beside }: { story: StoryCheck; beside: BesideCheck },
    truncatedTo: number,
  ) {
    this.#beside = beside;
    this.#truncatedTo = truncatedTo;
    this.#tenant = tenant;
    this.#log = log;
    this.#list = list;
    this.#story = story;
  }

  /** @returns the leaf hash that the row's bytes give now; undefined when there is no row */
  async pass(index: number, row: LogRow | undefined, tile: Hash | undefined): Promise<Hash | undefined> {
    if (row === undefined) {
      this.#missingFrom ??= index;
      return undefined;
    }
    this.endGap(index);
    const leaf = row.entry === null ? row.leaf : leafHash(row.entry);
    const sameLeaf = sameHash(leaf, row.leaf);
    if (row.entry === null && index >= this.#truncatedTo) {
      this.#list.add(
        'entry-missing',
        index,
        `the bytes are gone, and no truncation of the log says so (it says up to ${this.#truncatedTo})`,
      );
    }
    if (!sameLeaf) {
      const others = tile !== undefined && sameHash(tile, row.leaf) ? 'leaf column and tile' : 'leaf column';
      this.#list.add(
        'leaf-mismatch',
        index,
        `the bytes hash to ${hexOf(leaf)}, the ${others} say ${hexOf(row.leaf)}`,
      );
    }
    if (tile !== undefined && !sameHash(tile, leaf) && (sameLeaf || !sameHash(tile, row.leaf))) {
      this.#list.add(
        'tile-mismatch',
        index,
        `the entry hashes to ${hexOf(leaf)}, its tile says ${hexOf(tile)}`,
      );
    }
    if (row.entry !== null) await this.#passBytes(index, row, row.entry);
    return leaf;
  }

  /** Rows that are missing one after the other are one problem. */
  endGap(index: number): void {
    if (this.#missingFrom === null) return;
    const last = index - 1;
    const which = last === this.#missingFrom ? `${last}` : `${this.#missingFrom} to ${last}`;
    this.#list.add('row-missing', this.#missingFrom, `no row at index ${which}`);
    this.#missingFrom = null;
  }

  async #passBytes(index: number, row: LogRow, bytes: Uint8Array): Promise<void> {
    const read = readEntry(bytes);
    if (!read.ok) {
      this.#list.add('entry-unreadable', index, `${read.code}: ${read.message}`);
      return;
    }
    const { entry } = read;
    const wrong = wrongColumns(row, entry, this.#tenant);
    if (wrong.length > 0) {
      this.#list.add('column-mismatch', index, `the entry differs from its row in ${wrong.join(', ')}`);
    }
    if (index === 0) this.#passFirst(entry);
    await this.#story.pass(index, entry);
    await this.#beside.pass(index, entry);
  }

  #passFirst(entry: Entry): void {
    const { data } = entry;
    const fits =
      entry.type === 'log.started' && data?.origin === this.#log.origin && data.log === this.#log.logId;
    if (fits) return;
    this.#list.add('first-entry', 0, `the first entry is not log.started of ${this.#log.origin}`);
  }
}

function wrongColumns(row: LogRow, entry: Entry, tenant: TenantId): string[] {
  const columns: [string, boolean][] = [
    ['id', row.entryId === entry.id],
    ['tenant', entry.tenant === tenant],
    ['run', row.runId === (entry.runId ?? null)],
    ['type', row.type === entry.type],
    ['time', row.at.getTime() === Date.parse(entry.time)],
  ];
  return columns.filter(([, same]) => !same).map(([name]) => name);
}
