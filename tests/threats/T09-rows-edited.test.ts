import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import type { EntryId } from '../../schemas/ids.ts';
import { draft, nowMs, tenant } from '../audit/draft-entry.ts';
import { logTables, numbered, origin, record, sequencerOf, tamper, testSigner } from '../audit/open-log.ts';
import { riposte } from '../cli/start-cli.ts';
import { useDatabase } from '../support/database.ts';

/*
 * T9: somebody with every right in the database edits the log: as its owner, with the triggers off, and
 * with leaves that fit what he wrote. The auditor has the bytes of the tables, the key and one checkpoint
 * that he kept; he has neither the server nor its word. What the hostile one recomputed can be named only
 * between two signed heads; everything else is named by its number.
 */
const database = await useDatabase();
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const folder = await mkdtemp(join(tmpdir(), 'riposte-t09-'));
const kept = join(folder, 'kept-checkpoint');
afterAll(() => rm(folder, { recursive: true }));
let exports = 0;

/** Signed heads over 50, 100 (the one that was kept) and 150 entries. */
beforeAll(async () => {
  const sequencer = sequencerOf(database.sequencer);
  for (const upTo of [50, 100, 150]) {
    const { rows } = await database.owner.query<{ size: number }>(
      'select coalesce(max(idx) + 1, 1)::int as size from audit_log',
    );
    await record(database, numbered(upTo - (rows[0]?.size ?? 1), upTo));
    await sequencer.flush();
  }
  for (const table of logTables) await database.owner.query(`create table kept_${table} as table ${table}`);
  const { rows } = await database.owner.query<{ note: string }>(
    'select note from audit_checkpoint where size = 100',
  );
  await writeFile(kept, rows[0]?.note ?? '');
});

beforeEach(async () => {
  await database.owner.transaction(async (tx) => {
    for (const table of logTables) {
      await tx.query(`alter table ${table} disable trigger user`);
      await tx.query(`truncate ${table}`);
      await tx.query(`insert into ${table} select * from kept_${table}`);
      await tx.query(`alter table ${table} enable trigger user`);
    }
  });
});

/** Reads the tables as they are, in the form of an export, and lets the command judge the files. */
async function judge(): Promise<{ code: number | null; named: string[]; findings: Found[] }> {
  exports += 1;
  const out = join(folder, `export-${exports}`);
  const { rows } = await database.owner.query<{ idx: number; leaf: string; raw: string }>(
    `select idx::int as idx, encode(leaf, 'hex') as leaf, convert_from(entry, 'utf8') as raw from audit_log order by idx`,
  );
  const notes = await database.owner.query<{ size: number; note: string }>(
    'select size::int as size, note from audit_checkpoint order by size',
  );
  const lines = (list: object[]) => list.map((each) => `${JSON.stringify(each)}\n`).join('');
  const files = {
    'entries.jsonl': lines(rows),
    'checkpoints.jsonl': lines(notes.rows),
    key: `${key}\n`,
  };
  const digests = Object.entries(files).map(([name, text]) => [
    name,
    `sha256:${createHash('sha256').update(text).digest('hex')}`,
  ]);
  await mkdir(out);
  for (const [name, text] of Object.entries(files)) await writeFile(join(out, name), text);
  await writeFile(join(out, 'manifest.json'), JSON.stringify({ files: Object.fromEntries(digests) }));
  const answer = await riposte(['audit', 'verify', out, '--key', key, '--checkpoint', kept, '--json'], {});
  const { findings } = JSON.parse(answer.stdout) as { findings: Found[] };
  const named = findings.map(({ index, before }) =>
    before === undefined ? `${index}` : `${index}-${before}`,
  );
  return { code: answer.code, named, findings };
}

interface Found {
  kind: string;
  index: number | null;
  before?: number;
  message: string;
}

const forged = encodeEntry(draft({ reason: 'it was never isolated' }), {
  id: 'ent_forged' as EntryId,
  nowMs,
  tenant,
});

test('the honest log holds', async () => {
  expect(await judge()).toEqual({ code: 0, named: [], findings: [] });
});

test('an entry whose text was changed is named', async () => {
  await tamper(database, 'update audit_log set entry = $1 where idx in (17, 120)', [forged.bytes]);
  const { code, named } = await judge();
  expect(code).toBe(1);
  expect(named).toEqual(expect.arrayContaining(['17', '120']));
});

test('an entry that was changed with its leaf is named between the two heads that hold it', async () => {
  await tamper(database, 'update audit_log set entry = $1, leaf = $2 where idx = 72', [
    forged.bytes,
    forged.leaf,
  ]);
  const { code, named } = await judge();
  expect(code).toBe(1);
  expect(named).toContain('50-100');
});

test('removing the signed heads as well leaves the one that was kept elsewhere', async () => {
  await tamper(database, 'update audit_log set entry = $1, leaf = $2 where idx = 72', [
    forged.bytes,
    forged.leaf,
  ]);
  await tamper(database, 'delete from audit_checkpoint');
  const { code, findings } = await judge();
  expect(code).toBe(1);
  expect(findings).toContainEqual(
    expect.objectContaining({ index: 0, before: 100, message: expect.stringContaining('you kept') }),
  );
});

test('every deleted entry is named, and what was changed behind the gap too', async () => {
  await tamper(database, 'delete from audit_log where idx in (20, 60, 61)');
  await tamper(database, 'update audit_log set entry = $1 where idx = 90', [forged.bytes]);
  const { code, named } = await judge();
  expect(code).toBe(1);
  expect(named).toEqual(['20-21', '60-62', '90']);
});

test('two entries that changed places are named between their heads', async () => {
  await tamper(
    database,
    `update audit_log set (entry, leaf) = (
       select other.entry, other.leaf from kept_audit_log other where other.idx = 65 - audit_log.idx)
     where idx in (30, 35)`,
  );
  const { code, named } = await judge();
  expect(code).toBe(1);
  expect(named).toContain('0-50');
});

test('an entry deleted and closed over is missed at the end, and the last head that holds is named', async () => {
  await tamper(database, 'delete from audit_log where idx = 110');
  await tamper(database, 'update audit_log set idx = idx + 100000 where idx > 110');
  await tamper(database, 'update audit_log set idx = idx - 100001 where idx > 100000');
  const { code, named, findings } = await judge();
  expect(code).toBe(1);
  expect(named).toEqual(['149-150']);
  expect(findings[0]?.message).toContain('removed from 100 on');
});

test('an appended entry is named, because no signed head covers it', async () => {
  await tamper(
    database,
    `insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
     select tenant_id, log_id, 150, $1, $2, $3, $4, $5 from audit_log where idx = 0`,
    [forged.bytes, forged.leaf, forged.id, forged.entry.type, forged.entry.time],
  );
  const { code, named } = await judge();
  expect(code).toBe(1);
  expect(named).toEqual(['150']);
});

test('a tail that was cut below the kept head is named from its first entry on', async () => {
  await tamper(database, 'delete from audit_log where idx >= 80');
  await tamper(database, 'delete from audit_checkpoint where size > 80');
  const { code, named } = await judge();
  expect(code).toBe(1);
  expect(named).toContain('80-100');
});
