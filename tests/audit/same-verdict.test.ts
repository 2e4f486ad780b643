import { beforeAll, describe, expect, test } from 'vitest';
import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { canonicalText } from '../../engine/core/audit/canonical-text.ts';
import { leafHash, rootOf } from '../../engine/core/audit/merkle.ts';
import { truncationMessage } from '../../engine/core/audit/order.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { signCheckpoint } from '../../engine/runtime/audit/keep-checkpoint.ts';
import { signerOf } from '../../engine/runtime/audit/signing-key.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { browserVerdict, type Given, rangeVerdict } from './browser-verdict.ts';
import { tenant } from './draft-entry.ts';
import { exportedNotes, exportedRows } from './grown-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from './open-log.ts';
import { orderer } from './order.ts';
import { truncateTexts } from './truncate-texts.ts';

/* The same export, the same judgement: offline and in the browser. Whoever changes one verifier changes the other. */

const database = await useDatabase();
const other = await useDatabase();
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const strange = signerOf(new Uint8Array(32).fill(7));
const strangeKey = formatVerifierKey(verifierKey(origin, strange.publicKey));

interface Export {
  entries: ExportedEntry[];
  checkpoints: string[];
}

let grown: Export;
/** Texts are gone from it, by the order of two people. */
let truncated: Export;
/** Its key handed over to another one. */
let handedOver: Export & { newKey: string };

beforeAll(async () => {
  const exported = async (from = database) => ({
    entries: await exportedRows(from),
    checkpoints: await exportedNotes(from),
  });
  const sequencer = sequencerOf(database.sequencer);
  for (let from = 0; from < 350; from += 70) {
    await record(database, numbered(70, from));
    await sequencer.flush();
  }
  grown = await exported();
  await truncateTexts(database, 256);
  truncated = await exported();
  handedOver = { ...(await handOver(other)), ...(await exported(other)) };
}, 60_000);

async function handOver(database: TestDatabase): Promise<{ newKey: string }> {
  await record(database, numbered(5));
  const sequencer = sequencerOf(database.sequencer, {
    keys: keysOf(testSigner),
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 },
  });
  await sequencer.start();
  const sealed = 'select 1 from audit_checkpoint';
  await until(async () => (await database.owner.query(sealed)).rows.length > 0, 'a first head is signed');
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  const proposed = await ada.propose({ kind: 'key' }, 'it is a year old');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });
  const newKey = async () => (await readNewestLog(database.app, tenant))?.vkey ?? '';
  await until(async () => (await newKey()) !== key, 'the key is replaced');
  await record(database, numbered(3, 20));
  await sequencer.stop();
  return { newKey: await newKey() };
}

const about = /order about the log|carried out than what two people ordered/;

async function judgedAlike(given: Given): Promise<string[]> {
  const { entries, checkpoints, trusted = [] } = given;
  const offline = verifyExport({ entries: () => entries, checkpoints, key: given.key, trusted });
  const here = await browserVerdict(given);
  // What entries mean is not looked at in the browser, but for orders about the log; its page says so.
  const integrity = offline.findings.filter(
    ({ kind, message }) => kind === 'integrity' || about.test(message),
  );
  const plain = (all: readonly { index: number | null; before?: number; message: string }[]) =>
    all
      .map(({ index, before, message }) => ({ index, before, message }))
      .sort((a, b) => (a.message < b.message ? -1 : 1));
  expect(plain(here.findings)).toEqual(plain(integrity));
  const { root, checkpoints: signed, pruned, keys } = offline;
  expect(here).toMatchObject({
    ok: integrity.length === 0,
    entries: offline.entries,
    root,
    checkpoints: signed,
    trusted: offline.trusted,
    pruned,
    truncated: offline.truncated,
    keys,
    orders: offline.orders,
  });
  return here.findings.map(({ message }) => message);
}

const headAt = (size: number) => grown.checkpoints.find((note) => note.split('\n')[1] === String(size)) ?? '';
const sizes = () => grown.checkpoints.map((note) => Number(note.split('\n')[1]));

function changed(index: number, patch: Partial<ExportedEntry>): ExportedEntry[] {
  return grown.entries.map((entry) => (entry.idx === index ? { ...entry, ...patch } : entry));
}

/** As somebody would who can write everything but has no key. */
function forged(index: number, raw: string): ExportedEntry[] {
  return changed(index, { raw, leaf: Buffer.from(leafHash(Buffer.from(raw))).toString('hex') });
}

describe('judged alike, offline and in the browser:', () => {
  test('an untouched log, with a head from before', async () => {
    const trusted = [headAt(sizes()[1] ?? 0)];
    expect(await judgedAlike({ ...grown, key, trusted })).toEqual([]);
    const { head } = await browserVerdict({ ...grown, key });
    expect(head?.size).toBe(grown.entries.length);
  });

  test('one byte changed', async () => {
    const raw = grown.entries[120]?.raw?.replace('entry 1', 'entry 2') ?? '';
    const found = await judgedAlike({ ...grown, entries: changed(120, { raw }), key });
    expect(found).toContain('entry 120 is not what its leaf says');
    expect(found).toContainEqual(expect.stringContaining('has another root: an entry from'));
  });

  test('an entry with all its hashes changed', async () => {
    const given = { ...grown, entries: forged(120, '{"forged":"é€😂"}'), key };
    expect((await judgedAlike(given))[0]).toContain('has another root: an entry from');
    // The server's tiles still fit the signed head: they show which one it was.
    const { findings } = await browserVerdict({ ...given, tiles: grown.entries });
    expect(findings.map(({ exact }) => exact)).toEqual([120, ...findings.slice(1).map(() => undefined)]);
    // Where they do not, nothing is claimed.
    const without = await browserVerdict({ ...given, tiles: given.entries });
    expect(without.findings.every(({ exact }) => exact === undefined)).toBe(true);
  });

  test.each([
    ['left out', false],
    ['left out, and the later ones moved up', true],
  ])('an entry %s', async (_, moved) => {
    const entries = grown.entries.filter(({ idx }) => idx !== 17);
    const given = moved ? entries.map((entry, idx) => ({ ...entry, idx })) : entries;
    expect(await judgedAlike({ ...grown, entries: given, key })).not.toEqual([]);
  });

  test.each([
    ['with their places', true],
    ['without', false],
  ])('two reordered, %s', async (_, renumbered) => {
    const entries = [...grown.entries];
    const [a, b] = [entries[30], entries[31]];
    if (a === undefined || b === undefined) throw new Error('the log is too short');
    entries.splice(30, 2, b, a);
    const given = renumbered ? entries.map((entry, idx) => ({ ...entry, idx })) : entries;
    expect(await judgedAlike({ ...grown, entries: given, key })).not.toEqual([]);
  });

  test('a tail that was cut, with the heads over it and without', async () => {
    const entries = grown.entries.slice(0, 200);
    expect(await judgedAlike({ ...grown, entries, key })).not.toEqual([]);
    const checkpoints = grown.checkpoints.filter((note) => Number(note.split('\n')[1]) <= 200);
    const short = grown.entries.slice(0, Number(checkpoints.at(-1)?.split('\n')[1]));
    // Nothing is wrong with it; who kept a head sees it.
    expect(await judgedAlike({ entries: short, checkpoints, key })).toEqual([]);
    const trusted = [grown.checkpoints.at(-1) ?? ''];
    const found = await judgedAlike({ entries: short, checkpoints, key, trusted });
    expect(found).toEqual([
      expect.stringMatching(/^a checkpoint you kept names \d+ entries, the export ends/),
    ]);
  });

  test('a past that was rewritten and signed anew, against a head from before', async () => {
    const entries = forged(100, '{"forged":true}');
    const leaves = entries.map(({ leaf }) => Buffer.from(leaf, 'hex'));
    const note = signCheckpoint(origin, { size: leaves.length, root: rootOf(leaves) }, testSigner);
    expect(await judgedAlike({ entries, checkpoints: [note], key })).toEqual([]);
    const trusted = [headAt(sizes().at(-2) ?? 0)];
    const found = await judgedAlike({ entries, checkpoints: [note], key, trusted });
    expect(found).toEqual([expect.stringContaining('the checkpoint you kept of')]);
  });

  test('another key', async () => {
    expect(await judgedAlike({ ...grown, key: strangeKey })).not.toEqual([]);
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    expect((await judgedAlike({ ...grown, key: other })).join()).toContain('it is not signed with this key');
  });

  test('checkpoints that were forged', async () => {
    const note = grown.checkpoints.at(-1) ?? '';
    const [, size = '', root = ''] = note.split('\n');
    const strangers = signCheckpoint(
      origin,
      { size: Number(size), root: Buffer.from(root, 'base64') },
      strange,
    );
    for (const forgery of [
      note.replace(root, Buffer.alloc(32).toString('base64')),
      note.replace(/(.{8})==?\n$/, 'AAAAAAAA==\n'),
      note.replace(`\n${size}\n`, `\n${Number(size) + 1}\n`),
      note.replace(`\n${size}\n`, `\n0${size}\n`),
      note.replace(origin, 'other.example/audit/1'),
      note.slice(0, -1),
      note.replace('\n\n', '\n'),
      note.replace(/— .*/, '— nobody AAAA'),
      strangers,
      strangers.replace(/\n$/, `\n${note.split('\n').find((line) => line.startsWith('— '))}\n`),
      `${note}— ${origin} !!!!\n`,
    ])
      await judgedAlike({ ...grown, checkpoints: [...grown.checkpoints.slice(0, -1), forgery], key });
    expect(await judgedAlike({ ...grown, checkpoints: [], key })).not.toEqual([]);
    expect(await judgedAlike({ entries: [], checkpoints: [], key })).not.toEqual([]);
    expect(await judgedAlike({ ...grown, entries: [], key })).not.toEqual([]);
  });

  test('texts that went by retention, and texts that somebody removed', async () => {
    expect(await judgedAlike({ ...truncated, key })).toEqual([]);
    expect((await browserVerdict({ ...truncated, key })).truncated).toEqual([{ from: 0, to: 256 }]);
    const removed = truncated.entries.map((entry) => (entry.idx === 300 ? { ...entry, raw: null } : entry));
    expect(await judgedAlike({ ...truncated, entries: removed, key })).toEqual([
      'the texts of entries 300 to 300 are gone, and no truncation of the log says so',
    ]);
    const unsigned = truncated.entries.map((entry) => ({
      ...entry,
      raw: entry.raw?.replace(/"signature":"[^"]{8}/, '"signature":"AAAAAAAA') ?? null,
    }));
    expect((await judgedAlike({ ...truncated, entries: unsigned, key })).join()).toContain(
      'a truncation that the key of the log has not signed',
    );
  });

  test('a truncation that the key signed over another log', async () => {
    const at = truncated.entries.findIndex(({ raw }) => raw?.includes('"type":"audit.truncated"') === true);
    const { data, ...rest } = JSON.parse(truncated.entries[at]?.raw ?? '');
    const root = '0'.repeat(64);
    const message = truncationMessage(origin, { ...data, root });
    const signature = Buffer.from(testSigner.sign(Buffer.from(message))).toString('base64');
    const raw = canonicalText({ ...rest, data: { ...data, root, signature } });
    const entries = truncated.entries.map((entry) => (entry.idx === at ? { ...entry, raw } : entry));
    expect((await judgedAlike({ ...truncated, entries, key })).join()).toContain(
      'a truncation of another log than the entries before it make',
    );
  });

  test('heads behind a handover that only one of the two keys has signed', async () => {
    const { newKey, ...given } = handedOver;
    const since = given.entries.findIndex(({ raw }) => raw?.includes('"log.key-changed"') === true);
    const isBehind = (note: string) => Number(note.split('\n')[1]) > since;
    // That of the new key stands first.
    const alone = given.checkpoints.map((note) =>
      isBehind(note) ? note.replace(/(— [^\n]+\n)— [^\n]+\n$/, '$1') : note,
    );
    expect((await judgedAlike({ ...given, checkpoints: alone, key })).join()).toContain(
      'not signed with this key',
    );
    const root = rootOf(given.entries.map(({ leaf }) => Buffer.from(leaf, 'hex')));
    const stolen = signCheckpoint(origin, { size: given.entries.length, root }, testSigner);
    const checkpoints = [...given.checkpoints.filter((note) => !isBehind(note)), stolen];
    expect((await judgedAlike({ ...given, checkpoints, key })).join()).toContain('not signed with this key');
  });

  test('a key that handed over to another one, asked with either, and one that did not', async () => {
    const { newKey, ...given } = handedOver;
    expect(await judgedAlike({ ...given, key })).toEqual([]);
    expect(await judgedAlike({ ...given, key: newKey })).toEqual([]);
    expect((await judgedAlike({ ...given, key: strangeKey })).join()).toContain('which never handed over');
    const entries = given.entries.map((entry) => ({
      ...entry,
      raw: entry.raw?.replace(/"signature":"[^"]{8}/, '"signature":"AAAAAAAA') ?? null,
    }));
    expect((await judgedAlike({ ...given, entries, key })).join()).toContain('a key changes here');
  });
});

test('a server that answers differently when it is asked for keys alone is found out', async () => {
  const { newKey, ...given } = handedOver;
  const without = given.entries.filter(({ raw }) => raw?.includes('"log.key-changed"') !== true);
  const found = async (keyEntries: readonly ExportedEntry[], entries = given.entries) =>
    (await browserVerdict({ ...given, entries, key, keyEntries })).findings.map(({ means }) => means);
  expect(await found(without)).toContain('answers');
  expect(await found(given.entries, without)).toContain('answers');
});

describe('a range', () => {
  const end = () => grown.entries.length;

  test('is proved against the newest head, wherever it begins and ends', async () => {
    for (const [from, to] of [
      [0, 1],
      [0, end()],
      [17, 18],
      [255, 257],
      [256, 300],
      [129, 350],
      [end() - 1, end()],
      [300, Number.POSITIVE_INFINITY],
    ] as const) {
      const verdict = await rangeVerdict({ ...grown, key, trusted: [headAt(sizes()[1] ?? 0)] }, { from, to });
      expect(verdict, `${from} to ${to}`).toMatchObject({
        ok: true,
        findings: [],
        trusted: 1,
        checkpoints: 1,
      });
      expect(verdict.entries).toBe(Math.min(to, end()) - from);
    }
  });

  test('does not hold when an entry in it was changed, and says nothing about texts elsewhere', async () => {
    const raw = grown.entries[120]?.raw?.replace('entry 1', 'entry 2') ?? '';
    for (const entries of [changed(120, { raw }), forged(120, raw)]) {
      const given = { ...grown, entries, tiles: grown.entries, key };
      const { ok, findings } = await rangeVerdict(given, { from: 100, to: 130 });
      expect(ok).toBe(false);
      expect(findings[0]).toMatchObject({ index: 120, message: 'entry 120 is not what its leaf says' });
      expect(await rangeVerdict(given, { from: 121, to: 130 })).toMatchObject({ ok: true });
    }
  });

  test('does not hold when the hashes of the others were changed, or the head was', async () => {
    const given = { ...grown, key, tiles: forged(3, '{}') };
    const { findings } = await rangeVerdict(given, { from: 100, to: 130 });
    expect(findings.map(({ message }) => message).join()).toContain('or a hash of the others');
    const note = grown.checkpoints.at(-1) ?? '';
    const lies = [note.replace(/\n(.{40})/, '\n1'), note.replace(/(.{8})==?\n$/, 'AAAAAAAA==\n'), ''];
    for (const lie of lies)
      expect(await rangeVerdict({ ...grown, key, checkpoints: [lie] }, { from: 0, to: 9 })).toMatchObject({
        ok: false,
        entries: 0,
      });
    const behind = await rangeVerdict({ ...grown, key }, { from: 5_000, to: 5_001 });
    expect(behind).toMatchObject({ ok: false, entries: 0 });
  });

  test('is of a log that was larger once, or another one: a head from before says so', async () => {
    const checkpoints = grown.checkpoints.slice(0, -1);
    const entries = grown.entries.slice(0, Number(checkpoints.at(-1)?.split('\n')[1]));
    const trusted = [grown.checkpoints.at(-1) ?? ''];
    const shorter = await rangeVerdict({ entries, checkpoints, key, trusted }, { from: 0, to: 9 });
    expect(shorter.findings.map(({ means }) => means)).toEqual(['cut']);
    const other = forged(5, '{}');
    const root = rootOf(other.map(({ leaf }) => Buffer.from(leaf, 'hex')));
    const note = signCheckpoint(origin, { size: other.length, root }, testSigner);
    const rewritten = { entries: other, checkpoints: [note], key, trusted: [headAt(sizes()[2] ?? 0)] };
    const { findings } = await rangeVerdict(rewritten, { from: 100, to: 130 });
    expect(findings.map(({ means }) => means)).toEqual(['past']);
  });

  test('is not joined to a head from before by tiles that are answered one way and then another', async () => {
    const fork = forged(5, '{}');
    const size = sizes()[2] ?? 0;
    const root = rootOf(fork.slice(0, size).map(({ leaf }) => Buffer.from(leaf, 'hex')));
    const trusted = [signCheckpoint(origin, { size, root }, testSigner)];
    // Two bundles and their two tiles prove the range; what is asked behind them is about the head from before.
    const given = { ...grown, key, trusted, later: { answers: 4, tiles: fork } };
    const { findings } = await rangeVerdict(given, { from: 0, to: end() });
    expect(findings.map(({ means }) => means)).toEqual(['past']);
  });

  test('without texts is held against its hashes, and says how many there are', async () => {
    const verdict = await rangeVerdict({ ...truncated, key }, { from: 250, to: 258 });
    expect(verdict).toMatchObject({ ok: true, pruned: 6, entries: 8 });
  });
});

test('of a log that is wrong everywhere only the first findings are kept, and counted all', async () => {
  const entries = grown.entries.map((entry) => ({ ...entry, raw: `${entry.raw} ` }));
  const { findings, count } = await browserVerdict({ ...grown, entries, key });
  expect(findings).toHaveLength(200);
  expect(count).toBeGreaterThan(entries.length);
});
