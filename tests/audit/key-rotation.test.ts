import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { signCheckpoint } from '../../engine/runtime/audit/keep-checkpoint.ts';
import { openSigningKeys, signerOf } from '../../engine/runtime/audit/signing-key.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { noRight, refused } from '../support/refused.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { exportedNotes, exportedRows } from './grown-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { orderer } from './order.ts';

/* A key hands over to a new one: by the word of two people, over one checkpoint that both keys sign. */

const database = await useDatabase();
const root = await temporaryFolder();
const oldKey = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const keys = keysOf(testSigner);
const open = () =>
  sequencerOf(database.sequencer, {
    keys,
    places: [anchorDirectory(root)],
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 },
  });
let newKey = '';
let since = 0;

async function entries(): Promise<ExportedEntry[]> {
  const { rows } = await database.owner.query<{ idx: number; leaf: string; raw: string }>(
    `select idx, encode(leaf, 'hex') as leaf, convert_from(entry, 'UTF8') as raw from audit_log order by idx`,
  );
  return rows.map((row) => ({ ...row, idx: Number(row.idx) }));
}

async function notes(): Promise<{ size: number; note: string }[]> {
  return (
    await database.owner.query<{ size: number; note: string }>(
      'select size, note from audit_checkpoint order by size',
    )
  ).rows;
}

async function covered() {
  const heads = await notes();
  const all = await entries();
  return { all: all.slice(0, heads.at(-1)?.size), heads };
}

beforeAll(async () => {
  await record(database, numbered(5));
  const sequencer = open();
  await sequencer.start();
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  await until(async () => (await notes()).length > 0, 'a first head is signed');
  const replace = 'update audit_log_meta set vkey = $1';
  expect(await refused(database.sequencer.query(replace, [oldKey.replace('+', '+0')]))).toBe(noRight);
  const proposed = await ada.propose({ kind: 'key' }, 'it is a year old');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(await ada.confirm(proposed.digest)).toMatchObject({ code: 'approval/separation' });
  expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true, kind: 'key' });
  await until(
    async () => (await readNewestLog(database.app, tenant))?.vkey !== oldKey,
    'the key is replaced',
  );
  await record(database, numbered(3, 20));
  await sequencer.stop();
  // One that starts later finds the new key by its file.
  await record(database, numbered(2, 30));
  const later = open();
  await later.start();
  await later.stop();
  expect([...sequencer.errors, ...later.errors]).toEqual([]);
  newKey = (await readNewestLog(database.app, tenant))?.vkey ?? '';
  since = (await entries()).find(({ raw }) => raw?.includes('"log.key-changed"'))?.idx ?? 0;
});

test('the entry names both keys and both people, and the head behind it is signed by both', async () => {
  const entry = JSON.parse((await entries())[since]?.raw ?? '{}');
  expect(entry).toMatchObject({
    type: 'log.key-changed',
    reason: 'it is a year old',
    data: { from: oldKey, to: newKey },
  });
  const handover = (await notes()).find(({ size }) => size > since);
  const lines = handover?.note.split('\n').filter((line) => line.startsWith('— ')) ?? [];
  expect(lines).toHaveLength(2);
  expect((await notes()).at(-1)?.note.match(/^— /gm)).toHaveLength(1);
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, problems: [] });
  expect(await verifyAudit(database.app, tenant, { vkey: oldKey })).toMatchObject({ ok: true });
  expect(readdirSync(join(root, encodeURIComponent(origin))).length).toBeGreaterThan(1);
});

describe('a stranger', () => {
  test.each([
    ['the old key', () => oldKey],
    ['the new key', () => newKey],
  ])('who knows %s follows both', async (_, key) => {
    const { all, heads } = await covered();
    const verdict = verifyExport({
      entries: () => all,
      checkpoints: heads.map(({ note }) => note),
      key: key(),
      trusted: [],
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.keys).toEqual([oldKey, newKey]);
  });

  test('does not follow a handover that the old key has not signed', async () => {
    const { all, heads } = await covered();
    const alone = heads.map(({ note, size }) => {
      if (size <= since) return note;
      // Only the last line stays: that of the new key stands first.
      return note.replace(/(— [^\n]+\n)— [^\n]+\n$/, '$1');
    });
    const verdict = verifyExport({ entries: () => all, checkpoints: alone, key: oldKey, trusted: [] });
    expect(verdict.ok).toBe(false);
    expect(verdict.findings.map(({ message }) => message).join()).toContain('not signed with this key');
  });

  test('believes no head of the old key behind the handover, as it may have been stolen since', async () => {
    const { all, heads } = await covered();
    const last = heads.at(-1);
    const tree = verifyExport({ entries: () => all, checkpoints: [], key: newKey, trusted: [] });
    const forged = signCheckpoint(
      origin,
      { size: last?.size ?? 0, root: Buffer.from(tree.root, 'hex') },
      testSigner,
    );
    const given = [...heads.slice(0, -1).map(({ note }) => note), forged];
    expect(verifyExport({ entries: () => all, checkpoints: given, key: oldKey, trusted: [] }).ok).toBe(false);
  });

  test('does not take a thief’s handover for the log’s own', async () => {
    const thief = signerOf(new Uint8Array(32).fill(3));
    const thiefsKey = formatVerifierKey(verifierKey(origin, thief.publicKey));
    const { all, heads } = await covered();
    const odd = all.map((entry) =>
      entry.idx === since ? { ...entry, raw: (entry.raw ?? '').replace(newKey, thiefsKey) } : entry,
    );
    const given = heads.map(({ note }) => note);
    expect(verifyExport({ entries: () => odd, checkpoints: given, key: oldKey, trusted: [] }).ok).toBe(false);
  });
});

test('a crash between the entry and its checkpoint: the next start lets the old key hand over', async () => {
  const fresh = await useDatabase();
  const ring = keysOf(testSigner);
  const start = () =>
    sequencerOf(fresh.sequencer, { keys: ring, limits: { checkpointMs: 60_000, pollMs: 10 } });
  await record(fresh, numbered(3));
  const first = start();
  await first.flush();
  const [ada, bo] = [await orderer(fresh, 'ada'), await orderer(fresh, 'bo')];
  const proposed = await ada.propose({ kind: 'key' }, 'routine');
  if (!proposed.ok) throw new Error(proposed.detail);
  await bo.confirm(proposed.digest);
  const dying = sequencerOf(fresh.sequencer, {
    keys: ring,
    limits: { pollMs: 10 },
    pass: (point) => {
      if (point === 'seal.signed' && ring.made.length > 0) throw new Error('the process died here');
    },
  });
  await dying.start();
  await until(() => dying.errors.some((each) => /died here/.test(each.message)), 'it dies behind the entry');
  await fresh.owner.query('update audit_log_meta set epoch = epoch + 1');
  await dying.stop();
  const next = start();
  await next.start();
  await next.stop();
  const { rows } = await fresh.owner.query<{ note: string }>(
    'select note from audit_checkpoint where size > (select max(since) from audit_key) order by size limit 1',
  );
  expect(rows[0]?.note.match(/^— /gm)).toHaveLength(2);
  expect(await verifyAudit(fresh.app, tenant)).toMatchObject({ ok: true });
});

test('a second change is ordered before the first one has its head: the first key hands over first', async () => {
  const fresh = await useDatabase();
  const ring = keysOf(testSigner);
  await record(fresh, numbered(3));
  await sequencerOf(fresh.sequencer, { keys: ring }).flush();
  const [ada, bo] = [await orderer(fresh, 'ada'), await orderer(fresh, 'bo')];
  const order = async () => {
    const proposed = await ada.propose({ kind: 'key' }, 'routine');
    if (!proposed.ok) throw new Error(proposed.detail);
    expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });
  };
  await order();
  const dying = sequencerOf(fresh.sequencer, {
    keys: ring,
    limits: { pollMs: 10 },
    pass: (point) => {
      if (point === 'seal.signed' && ring.made.length > 0) throw new Error('the process died here');
    },
  });
  await dying.start();
  await until(() => dying.errors.some((each) => /died here/.test(each.message)), 'it dies behind the entry');
  await fresh.owner.query('update audit_log_meta set epoch = epoch + 1');
  await dying.stop();
  await order();
  const next = sequencerOf(fresh.sequencer, { keys: ring, limits: { pollMs: 10 } });
  await next.start();
  const ordered = "select 1 from audit_orders where state = 'confirmed'";
  await until(async () => (await fresh.owner.query(ordered)).rowCount === 0, 'the second order is done');
  await record(fresh, numbered(3));
  await next.stop();
  expect(next.errors).toEqual([]);
  expect(await verifyAudit(fresh.app, tenant)).toMatchObject({ ok: true, problems: [] });
  const rows = await exportedRows(fresh);
  const checkpoints = await exportedNotes(fresh);
  const verdict = verifyExport({ entries: () => rows, checkpoints, key: oldKey, trusted: [] });
  expect(verdict.findings).toEqual([]);
  expect(verdict.keys).toHaveLength(3);
});

test('the answer to the commit of a change is lost: the sequencer looks what is so, and the old key hands over', async () => {
  const fresh = await useDatabase();
  const ring = keysOf(testSigner);
  await record(fresh, numbered(3));
  let lost = 0;
  const flaky: Database = {
    ...fresh.sequencer,
    async transaction(work, options) {
      let changed = false;
      const result = await fresh.sequencer.transaction(async (tx) => {
        const query: typeof tx.query = (text, values) => {
          changed ||= text.includes('insert into audit_key');
          return tx.query(text, values);
        };
        return await work({ ...tx, query });
      }, options);
      if (!changed) return result;
      lost += 1;
      throw new Error('Connection terminated unexpectedly');
    },
  };
  const sequencer = sequencerOf(flaky, {
    keys: ring,
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 60_000 },
  });
  await sequencer.start();
  const [ada, bo] = [await orderer(fresh, 'ada'), await orderer(fresh, 'bo')];
  const proposed = await ada.propose({ kind: 'key' }, 'routine');
  if (!proposed.ok) throw new Error(proposed.detail);
  await bo.confirm(proposed.digest);
  const behind =
    'select note from audit_checkpoint where size > (select since from audit_key) order by size limit 1';
  // Nothing is pending: it does not wait for anything to do.
  await until(async () => (await fresh.owner.query(behind)).rowCount === 1, 'the head behind the entry');
  await record(fresh, numbered(3, 20));
  await sequencer.stop();
  expect(lost).toBe(1);
  expect(sequencer.errors.map(({ message }) => message)).toEqual(['Connection terminated unexpectedly']);
  const { rows } = await fresh.owner.query<{ note: string }>(behind);
  expect(rows[0]?.note.match(/^— /gm)).toHaveLength(2);
  expect(await verifyAudit(fresh.app, tenant)).toMatchObject({ ok: true, problems: [] });
});

test('later keys lie beside the first one, each found by its public half', async () => {
  const folder = join(await temporaryFolder(), 'keys');
  mkdirSync(folder);
  const path = join(folder, 'audit-key');
  const ring = openSigningKeys(path);
  const made = ring.create();
  const again = openSigningKeys(path);
  expect(Buffer.from(again.find(made.publicKey)?.publicKey ?? [])).toEqual(Buffer.from(made.publicKey));
  expect(again.publicKeys()).toHaveLength(2);
  expect(again.find(testSigner.publicKey)).toBeNull();
  expect(readdirSync(folder).sort()[1]).toMatch(/^audit-key\.[0-9a-f]{8}$/);
  expect(readFileSync(join(folder, readdirSync(folder).sort()[1] ?? ''), 'utf8')).toHaveLength(45);
});
