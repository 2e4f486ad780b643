import { randomBytes } from 'node:crypto';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import { type LogKeys, type LogSigner, signerOf } from '../../engine/runtime/audit/signing-key.ts';
import { recordAudit } from '../../engine/runtime/record-audit.ts';
import { createSequencer, type Sequencer, type SequencerParts } from '../../engine/runtime/sequence-audit.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { databaseNowMs } from '../../engine/runtime/store/queries/lock-scopes.ts';
import { mintId } from '../../schemas/ids.ts';
import type { TestDatabase } from '../support/database.ts';
import { draft, tenant } from './draft-entry.ts';

export const origin = 'soar.example/audit/1';

/** Seed 00 01 02 … 1f, as in the vectors of the formats. */
export const testSeed = Uint8Array.from({ length: 32 }, (_, at) => at);
export const testSigner = signerOf(testSeed);

/** One host's keys, without files; `made` are those of later logs. */
export function keysOf(first: LogSigner): LogKeys & { made: LogSigner[] } {
  const made: LogSigner[] = [];
  return {
    first,
    made,
    find: (publicKey) =>
      [first, ...made].find((each) => Buffer.from(each.publicKey).equals(publicKey)) ?? null,
    publicKeys: () => [first, ...made].map((each) => each.publicKey),
    create() {
      const signer = signerOf(randomBytes(32));
      made.push(signer);
      return signer;
    },
  };
}

export const testKeys = keysOf(testSigner);

export interface Given extends Partial<SequencerParts> {
  errors?: Error[];
}

/** A sequencer with its errors in a list; every error that a test does not expect should be looked at. */
export function sequencerOf(database: Database, given: Given = {}): Sequencer & { errors: Error[] } {
  const errors = given.errors ?? [];
  const sequencer = createSequencer({
    database,
    tenant,
    mint: mintId,
    origin,
    keys: testKeys,
    onError: (error) => errors.push(error),
    ...given,
  });
  return { ...sequencer, errors };
}

export async function record(database: TestDatabase, drafts: EntryDraft[]): Promise<string[]> {
  return await database.app.transaction(async (tx) =>
    recordAudit(tx, tenant, await databaseNowMs(tx), drafts, mintId),
  );
}

/** Entries with numbers in their reason, from `from` on. */
export function numbered(count: number, from = 0): EntryDraft[] {
  return Array.from({ length: count }, (_, n) => draft({ reason: `entry ${from + n}` }));
}

export interface StoredRow {
  idx: number;
  entryId: string;
  type: string;
  entry: Uint8Array;
}

export async function storedRows(database: TestDatabase): Promise<StoredRow[]> {
  const { rows } = await database.owner.query<StoredRow>(
    'select idx, entry_id as "entryId", type, entry from audit_log where tenant_id = $1 order by idx',
    [tenant],
  );
  return rows;
}

export const logTables = ['audit_log', 'audit_tile', 'audit_checkpoint', 'audit_log_meta'];

/** Changes what only an owner who drops the triggers can change. */
export async function tamper(database: TestDatabase, text: string, values: unknown[] = []): Promise<void> {
  await database.owner.transaction(async (tx) => {
    for (const table of [...logTables, 'audit_beside']) {
      await tx.query(`alter table ${table} disable trigger user`);
    }
    const { rowCount } = await tx.query(text, values);
    if (rowCount === 0) throw new Error(`tampering changed nothing: ${text}`);
    for (const table of [...logTables, 'audit_beside']) {
      await tx.query(`alter table ${table} enable trigger user`);
    }
  });
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
