import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifyFolders } from '../../api/cli/audit/verify-chain.ts';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { Wish } from '../../engine/runtime/audit/order-ground.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import type { EntryId } from '../../schemas/ids.ts';
import { draft, nowMs, tenant } from '../audit/draft-entry.ts';
import { age, rejuvenate } from '../audit/grown-log.ts';
import {
  keysOf,
  logTables,
  numbered,
  origin,
  record,
  sequencerOf,
  testSigner,
  until,
} from '../audit/open-log.ts';
import { orderer } from '../audit/order.ts';
import { postgresServer, type TestDatabase, useDatabase } from '../support/database.ts';
import { databaseUrl, withClient } from '../support/services.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/*
 * T9, the whole list against a log that has a history: a superuser changes, deletes, reorders and appends
 * entries and cuts the tail, with leaves that fit, after a new key, after a new log, after a truncation. Around
 * what is attacked every entry has a signed head of its own, so every attack has to be named by its number.
 */

const firstKey = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 };
const forged = encodeEntry(draft({ reason: 'it was never isolated' }), {
  id: 'ent_forged' as EntryId,
  nowMs,
  tenant,
});

interface History {
  name: string;
  entries: number;
  wish: Wish;
  /** What is attacked: an index behind which every entry has its own head, once before and once after the change. */
  targets: 'both sides' | 'before';
}

const histories: History[] = [
  { name: 'a new key', entries: 20, wish: { kind: 'key' }, targets: 'both sides' },
  {
    name: 'a new log',
    entries: 20,
    wish: { kind: 'incarnation', oldKey: 'lost' },
    targets: 'before',
  },
  {
    name: 'a truncation',
    entries: 300,
    wish: {
      kind: 'truncation',
      archive: `sha256:${'a'.repeat(64)}`,
      archivedLog: origin,
      archivedTo: 300,
      retentionDays: 400,
    },
    targets: 'both sides',
  },
];

describe.each(histories)('a log with $name', ({ entries, wish, targets }) => {
  const keys = keysOf(testSigner);
  let database: TestDatabase;
  let superuser = '';
  let folder = '';
  let kept = '';
  let newestKey = firstKey;
  /** Of the log that is attacked: how many entries its newest head covers. */
  let size = 0;
  let attacked: number[] = [];
  let exports = 0;

  const open = () => sequencerOf(database.sequencer, { keys, limits, retentionDays: 400 });
  /** One entry, one head. */
  async function one(n: number): Promise<number> {
    await record(database, numbered(1, n));
    await open().flush();
    const log = await readNewestLog(database.app, tenant);
    return (log?.size ?? 0) - 1;
  }

  beforeAll(async () => {
    database = await useDatabase();
    folder = await temporaryFolder();
    const server = await postgresServer();
    superuser = databaseUrl(server.superuserUrl, new URL(database.url).pathname.slice(1));
    await record(database, numbered(entries));
    await open().flush();
    for (let n = 0; n < 6; n++) attacked.push(await one(1_000 + n));
    if (wish.kind === 'truncation') await age(database, 290, 500);
    const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
    const proposed = await ada.propose(wish, 'because of the test');
    if (!proposed.ok) throw new Error(proposed.detail);
    await bo.confirm(proposed.digest);
    const sequencer = open();
    await sequencer.start();
    await until(
      async () =>
        (await database.owner.query("select 1 from audit_orders where state = 'done'")).rowCount === 1 &&
        (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
      'it is done',
    );
    if (wish.kind === 'truncation')
      await until(
        async () =>
          (await database.owner.query('select 1 from audit_log where idx = 5 and entry is null')).rowCount ===
          1,
        'the texts are gone',
      );
    await sequencer.stop();
    if (wish.kind === 'truncation') await rejuvenate(database, 290, 500);
    const after: number[] = [];
    for (let n = 0; n < 6; n++) after.push(await one(2_000 + n));
    const log = await readNewestLog(database.app, tenant);
    newestKey = log?.vkey ?? '';
    const { rows } = await database.owner.query<{ size: number; note: string }>(
      "select size::int as size, note from audit_checkpoint where log_id = '1' order by size desc limit 1",
    );
    size = rows[0]?.size ?? 0;
    kept = join(folder, 'kept');
    await writeFile(kept, rows[0]?.note ?? '');
    // The second of six, so that a head lies right before it and right behind it.
    attacked = [attacked[1] ?? 0, ...(targets === 'both sides' ? [after[1] ?? 0] : [])];
    // What no head covers is in no export.
    await hostile(`delete from audit_log where log_id = '1' and idx >= ${size}`);
    for (const table of logTables) await database.owner.query(`create table kept_${table} as table ${table}`);
  });

  afterAll(() => database.drop());
  beforeEach(async () => {
    for (const table of logTables)
      await hostile(`delete from ${table}`, `insert into ${table} select * from kept_${table}`);
  });

  /** As a superuser, with every trigger out of the way. */
  async function hostile(...texts: string[]): Promise<void> {
    await withClient(superuser, async (client) => {
      await client.query("set session_replication_role = 'replica'");
      await client.query('set search_path = riposte');
      for (const text of texts) await client.query(text);
    });
  }

  async function write(out: string, log: string, key: string): Promise<void> {
    const rows = await database.owner.query(
      `select idx::int as idx, encode(leaf, 'hex') as leaf, convert_from(entry, 'utf8') as raw from audit_log
       where log_id = $1 order by idx`,
      [log],
    );
    const notes = await database.owner.query(
      'select size::int as size, note from audit_checkpoint where log_id = $1 order by size',
      [log],
    );
    const lines = (list: object[]) => list.map((each) => `${JSON.stringify(each)}\n`).join('');
    const files = {
      'entries.jsonl': lines(rows.rows),
      'checkpoints.jsonl': lines(notes.rows),
      key: `${key}\n`,
    };
    const digests = Object.entries(files).map(([name, text]) => [
      name,
      `sha256:${createHash('sha256').update(text).digest('hex')}`,
    ]);
    await mkdir(out, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(out, name), text);
    await writeFile(join(out, 'manifest.json'), JSON.stringify({ files: Object.fromEntries(digests) }));
  }

  /** The tables as they are, in the form of an export, judged by what the command runs: sequence numbers of the log. */
  async function named(): Promise<string[]> {
    exports += 1;
    const out = join(folder, `export-${exports}`);
    const newest = (await readNewestLog(database.app, tenant))?.logId ?? '1';
    await write(out, newest, newestKey);
    if (newest !== '1') await write(join(out, 'before'), '1', firstKey);
    const { links, changedFiles } = verifyFolders(out, [newestKey], [kept]);
    expect(changedFiles).toEqual([]);
    const verdict = links.find((link) => link.origin === origin)?.verdict;
    if (verdict == null) throw new Error('the attacked log was not judged');
    // What is said of a head alone has no number; a log that was moved up has other heads at its handovers.
    const counted = verdict.findings.filter(({ index }) => index !== null);
    return counted.map((found) =>
      found.kind === 'integrity' && found.before !== undefined && found.before !== (found.index ?? 0) + 1
        ? `${found.index}-${found.before}`
        : `${found.index}`,
    );
  }

  const hex = (bytes: Uint8Array) => `'\\x${Buffer.from(bytes).toString('hex')}'`;

  test('holds as long as nobody touches it', async () => {
    expect(await named()).toEqual([]);
  });

  test('names a changed entry, with its leaf or without', async () => {
    for (const at of attacked) {
      await hostile(`update audit_log set entry = ${hex(forged.bytes)} where log_id = '1' and idx = ${at}`);
      expect(await named()).toContain(`${at}`);
      await hostile(
        `update audit_log set entry = ${hex(forged.bytes)}, leaf = ${hex(forged.leaf)} where log_id = '1' and idx = ${at}`,
      );
      expect((await named())[0]).toBe(`${at}`);
      await hostile('delete from audit_log', 'insert into audit_log select * from kept_audit_log');
    }
  });

  test('names a deleted entry, also when the later ones were moved up', async () => {
    for (const at of attacked) {
      await hostile(`delete from audit_log where log_id = '1' and idx = ${at}`);
      expect(await named()).toEqual([`${at}`]);
      await hostile(
        `update audit_log set idx = idx + 100000 where log_id = '1' and idx > ${at}`,
        `update audit_log set idx = idx - 100001 where log_id = '1' and idx > 100000`,
      );
      expect((await named())[0]).toBe(`${at}`);
      await hostile('delete from audit_log', 'insert into audit_log select * from kept_audit_log');
    }
  });

  test('names the first of two entries that changed places', async () => {
    for (const at of attacked) {
      await hostile(
        `update audit_log set (entry, leaf, entry_id) = (
           select other.entry, other.leaf, 'swapped-' || other.idx from kept_audit_log other
           where other.log_id = '1' and other.idx = ${2 * at + 1} - audit_log.idx)
         where log_id = '1' and idx in (${at}, ${at + 1})`,
      );
      expect((await named())[0]).toBe(`${at}`);
      await hostile('delete from audit_log', 'insert into audit_log select * from kept_audit_log');
    }
  });

  test('names an appended entry', async () => {
    await hostile(
      `insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
       values ('default', '1', ${size}, ${hex(forged.bytes)}, ${hex(forged.leaf)}, 'ent_forged', 'run.started', now())`,
    );
    expect(await named()).toEqual([`${size}`]);
  });

  test('names where the tail was cut, with every head that knew it', async () => {
    for (const at of attacked) {
      await hostile(
        `delete from audit_log where log_id = '1' and idx >= ${at}`,
        `delete from audit_checkpoint where log_id = '1' and size > ${at}`,
      );
      const found = await named();
      expect(found).toContain(size === at + 1 ? `${at}` : `${at}-${size}`);
      // Nothing below the cut is blamed, but for texts whose truncation went with the tail.
      const below = found.filter((each) => Number.parseInt(each, 10) < at);
      expect(below).toEqual(below.length > 0 ? ['1-256'] : []);
      for (const table of ['audit_log', 'audit_checkpoint'])
        await hostile(`delete from ${table}`, `insert into ${table} select * from kept_${table}`);
    }
  });
});
