import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { leafHash } from '../../engine/core/audit/merkle.ts';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import { insertEntries, recordAudit } from '../../engine/runtime/record-audit.ts';
import { mintId } from '../../schemas/ids.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { draft, encode, nowMs, tenant } from './draft-entry.ts';
import { numbered, record } from './open-log.ts';

const database: TestDatabase = await useDatabase();

interface Pending {
  id: string;
  entry: Uint8Array;
  leaf: Uint8Array;
}

async function pendingRows(ids: string[]): Promise<Pending[]> {
  const text = 'select id, entry, leaf from audit_pending where id = any($1) order by enqueued_at, id';
  return (await database.owner.query<Pending>(text, [ids])).rows;
}

test('entries wait in the order of their drafts, with the bytes and leaves of the encoder', async () => {
  const ids = await record(database, numbered(300));
  const rows = await pendingRows(ids);
  expect(rows.map((row) => row.id)).toEqual(ids);
  for (const [at, row] of rows.entries()) {
    expect(Buffer.from(row.leaf)).toEqual(Buffer.from(leafHash(row.entry)));
    const read = readEntry(row.entry);
    expect(read.ok && [read.entry.id, read.entry.reason]).toEqual([row.id, `entry ${at}`]);
  }
});

test('entries of one change lie together, a page at a time, and a long one alone', async () => {
  const long = draft({ data: { list: Array.from({ length: 900 }, (_, n) => `value ${n}`) } });
  const ids = await record(database, [...numbered(100), long, ...numbered(100, 100)]);
  const { rows } = await database.owner.query<{ ids: string[]; bytes: number; bytesStored: number }>(
    `select ids, octet_length(entries) as bytes, pg_column_size(p.*) as "bytesStored" from audit_pack p
     where ids && $1 order by enqueued_at, number`,
    [ids],
  );
  expect(rows.flatMap((row) => row.ids)).toEqual(ids);
  expect(rows.find((row) => row.ids.includes(ids[100] ?? ''))?.ids).toHaveLength(1);
  const shared = rows.filter((row) => row.ids.length > 1);
  expect(shared).toHaveLength(rows.length - 1);
  for (const { bytes, bytesStored } of shared) {
    // Neither compressed nor put beside the table.
    expect(bytesStored).toBeGreaterThan(bytes);
    expect(bytesStored).toBeLessThan(8_160);
  }
});

test('entries of a change that is rolled back do not exist', async () => {
  const ids: string[] = [];
  const failing = database.app.transaction(async (tx) => {
    ids.push(...(await recordAudit(tx, tenant, nowMs, numbered(3), mintId)));
    throw new Error('the change failed');
  });
  await expect(failing).rejects.toThrow('the change failed');
  expect(ids).toHaveLength(3);
  expect(await pendingRows(ids)).toEqual([]);
});

test('a change whose entry cannot be written fails with it', async () => {
  const insert = database.app.transaction(async (tx) => {
    await tx.query(
      "insert into incidents (tenant_id, id, source, source_id, title, severity) values ($1, 'inc_1', 's', '1', 't', 'low')",
      [tenant],
    );
    await insertEntries(tx, tenant, [{ ...encode(), leaf: Buffer.alloc(31) }]);
  });
  await expect(insert).rejects.toThrow('audit_pack');
  expect((await database.owner.query("select 1 from incidents where id = 'inc_1'")).rowCount).toBe(0);
});

test('nothing is sent for no entries', async () => {
  const refuse = { query: () => Promise.reject(new Error('asked the database')) };
  expect(await recordAudit(refuse, tenant, nowMs, [], mintId)).toEqual([]);
});

test('data that does not fit is kept beside the entry under the digest the entry names', async () => {
  const data = { list: Array.from({ length: 3_000 }, (_, n) => `value ${n}`) };
  const ids = await record(database, [draft({ data }), draft({ data }), draft({ reason: 'small' })]);
  const rows = await pendingRows(ids);
  const read = readEntry(rows[0]?.entry ?? new Uint8Array());
  const sha256 = read.ok ? read.entry.data?.sha256 : undefined;
  const blobs = await database.owner.query<{ bytes: Uint8Array; type: string }>(
    "select bytes, media_type as type from audit_beside where sha256 = decode($1, 'hex')",
    [sha256],
  );
  // Of each its own, so that it can go with the entry.
  expect(blobs.rowCount).toBe(2);
  const bytes = blobs.rows[0]?.bytes ?? new Uint8Array();
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(data);
  expect(rows).toHaveLength(3);
});

test.each([
  ['update audit_pack set entries = entries', 'audit_pack'],
  ['delete from audit_pack', 'audit_pack'],
  ['truncate audit_pack', 'audit_pack'],
  [
    "insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at) values ('default', '1', 0, '', decode(repeat('00', 32), 'hex'), 'x', 'x', now())",
    'audit_log',
  ],
  ['update audit_log_meta set epoch = 99', 'audit_log_meta'],
])('the application may not %s', async (text, table) => {
  await expect(database.app.query(text)).rejects.toThrow(`permission denied for table ${table}`);
});
