import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../api/cli/audit/export-log.ts';
import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { canonicalText } from '../../engine/core/audit/canonical-text.ts';
import { leafHash, rootOf } from '../../engine/core/audit/merkle.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { signCheckpoint } from '../../engine/runtime/audit/keep-checkpoint.ts';
import { startApi } from '../api/start-api.ts';
import { draft } from '../audit/draft-entry.ts';
import { numbered, origin, record, sequencerOf, tamper, testSigner } from '../audit/open-log.ts';
import { riposte } from './start-cli.ts';

const api = await startApi();
const auditor = (await api.person('ada', ['auditor'])).token;
const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: auditor };
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
const folder = await mkdtemp(join(tmpdir(), 'riposte-export-'));
afterAll(() => rm(folder, { recursive: true }));

const offline = {};
const exported = join(folder, 'honest');
const kept = join(folder, 'kept-checkpoint');

beforeAll(async () => {
  const sequencer = sequencerOf(api.db.sequencer);
  await record(api.db, numbered(300));
  await sequencer.flush();
  const answer = await riposte(['audit', 'checkpoint'], env);
  expect(answer).toMatchObject({ code: 0, stderr: '' });
  await writeFile(kept, answer.stdout);
  await record(api.db, numbered(50, 300));
  await sequencer.flush();
  expect(await riposte(['audit', 'export', '--out', exported], env)).toMatchObject({ code: 0 });
});

async function copyOf(name: string): Promise<string> {
  const copy = join(folder, name);
  await cp(exported, copy, { recursive: true });
  return copy;
}

/** As somebody would who wants the files to look whole. */
async function writeManifest(at: string): Promise<void> {
  const path = join(at, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { files: { [name: string]: string } };
  for (const name of Object.keys(manifest.files)) manifest.files[name] = digestOf(join(at, name));
  await writeFile(path, JSON.stringify(manifest));
}

async function verify(...args: string[]): ReturnType<typeof riposte> {
  return await riposte(['audit', 'verify', ...args, '--key', key], offline);
}

describe('an export', () => {
  test('verifies without a server, with the key that the auditor was given and the checkpoint he kept', async () => {
    const answer = await verify(exported, '--checkpoint', kept);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toMatch(/verified +\d+ entries/);
    expect(answer.stdout).toMatch(/signed, 1 of your own/);
  });

  test('says so when the key came with it, because then it proves little', async () => {
    const answer = await riposte(['audit', 'verify', exported], offline);
    expect(answer.code).toBe(0);
    expect(answer.stderr).toContain('Compare it with one you were given elsewhere');
  });

  test('does not verify with somebody else’s key, and a key that is none is wrong usage', async () => {
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    const answer = await riposte(['audit', 'verify', exported, '--key', other], offline);
    expect(answer.code).toBe(1);
    expect(answer.stdout).toContain('not signed with this key');
    expect(await riposte(['audit', 'verify', exported, '--key', 'nonsense'], offline)).toMatchObject({
      code: 2,
    });
  });

  test('is never written over another one', async () => {
    expect(await riposte(['audit', 'export', '--out', exported], env)).toMatchObject({ code: 2 });
  });

  test('whose files were changed is refused, whatever they say', async () => {
    const forged = join(folder, 'forged-file');
    await cp(exported, forged, { recursive: true });
    const path = join(forged, 'entries.jsonl');
    await writeFile(path, (await readFile(path, 'utf8')).replace('entry 17', 'entry 71'));
    const answer = await verify(forged);
    expect(answer.code).toBe(1);
    expect(answer.stdout).toContain('entries.jsonl: not the file that the manifest names');
    expect(answer.stdout).toMatch(/entry \d+ is not what its leaf says/);
  });

  test('that holds no entry and no head is none: there is nothing in it that could be wrong', async () => {
    const empty = await copyOf('empty');
    for (const name of ['entries.jsonl', 'checkpoints.jsonl']) await writeFile(join(empty, name), '');
    await writeManifest(empty);
    const answer = await verify(empty);
    expect(answer.code).toBe(1);
    expect(answer.stdout).toContain('there is no entry and no signed checkpoint');
  });

  test('whose files are missing does not hold; one that cannot be read is wrong usage, and no verdict', async () => {
    for (const name of ['entries.jsonl', 'checkpoints.jsonl', 'key']) {
      const cut = await copyOf(`without-${name}`);
      await rm(join(cut, name));
      expect(await verify(cut)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`${name} missing`),
      });
    }
    const folded = await copyOf('folded');
    await rm(join(folded, 'entries.jsonl'));
    await mkdir(join(folded, 'entries.jsonl'));
    const unread = { code: 2, stdout: '', stderr: expect.stringContaining('cannot be read') };
    expect(await verify(folded)).toMatchObject(unread);
    expect(await verify(exported, '--checkpoint', join(folder, 'none'))).toMatchObject(unread);
    expect(await verify('--proof', join(folder, 'none'))).toMatchObject(unread);
  });

  test('may be larger than what is read at once, and a line in it may not', async () => {
    const large = await copyOf('large');
    // Sparse: more than 2 GiB that take no room.
    await truncate(join(large, 'entries.jsonl'), 2 ** 31 + 1);
    const answer = await verify(large);
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('a line is not a JSON object');
  }, 60_000);

  test('of a log whose owner changed an entry with all its hashes is caught by the signed heads', async () => {
    const raw = '{"forged":true}';
    const { rows } = await api.db.owner.query<{ entry: Uint8Array; leaf: Uint8Array }>(
      'select entry, leaf from audit_log where idx = 120',
    );
    const bytes = Buffer.from(raw);
    await tamper(api.db, 'update audit_log set entry = $1, leaf = $2 where idx = 120', [
      bytes,
      leafHash(bytes),
    ]);
    const out = join(folder, 'owner-changed');
    await riposte(['audit', 'export', '--out', out], env);
    await tamper(api.db, 'update audit_log set entry = $1, leaf = $2 where idx = 120', [
      rows[0]?.entry,
      rows[0]?.leaf,
    ]);
    const answer = await verify(out, '--checkpoint', kept);
    expect(answer.code).toBe(1);
    expect(answer.stdout).toMatch(/an entry from \d+ to \d+ was changed, added, moved or removed/);
  });
});

describe('an export for other programs', () => {
  test('is a table with a row for each entry, on stdout', async () => {
    const answer = await riposte(['audit', 'export', '--format', 'csv'], env);
    expect(answer.code).toBe(0);
    const rows = answer.stdout.split('\r\n');
    expect(rows[0]).toMatch(/^"index","time","type",/);
    expect(rows).toHaveLength(Number(/^(\d+) entries/.exec(answer.stderr)?.[1]) + 2);
    expect(answer.stdout).toContain('"entry 349"');
  });

  test('is one OCSF event per remediation, in a new file', async () => {
    const about = { action: 'edr.isolate-host@1.0.0', actionKey: 'run_1/isolate/1' };
    await record(api.db, [
      draft({ ...about, type: 'action.attempted', targets: [{ kind: 'host', id: 'H17' }] }),
      draft({ ...about, type: 'action.succeeded', targets: [{ kind: 'host', id: 'H17' }] }),
    ]);
    await sequencerOf(api.db.sequencer).flush();
    const out = join(folder, 'remediations.jsonl');
    const answer = await riposte(['audit', 'export', '--format', 'ocsf', '--out', out], env);
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    const [line = '', ...more] = (await readFile(out, 'utf8')).split('\n');
    expect(more).toEqual(['']);
    expect(JSON.parse(line)).toMatchObject({ type_uid: 700101, command_uid: 'run_1/isolate/1' });
    expect(JSON.parse(JSON.parse(line).raw_data)).toMatchObject({ type: 'action.succeeded' });
    expect(await riposte(['audit', 'export', '--format', 'ocsf', '--out', out], env)).toMatchObject({
      code: 2,
    });
  });

  test('needs a folder for the files that a stranger verifies, and a format that exists', async () => {
    expect(await riposte(['audit', 'export'], env)).toMatchObject({ code: 2 });
    expect(await riposte(['audit', 'export', '--format', 'xml'], env)).toMatchObject({ code: 2 });
  });
});

describe('one entry', () => {
  const file = join(folder, '17.tlog-proof');

  test('is proven with a file that verifies without a server and shows the entry', async () => {
    expect(await riposte(['audit', 'prove', '17', '--out', file], env)).toMatchObject({
      code: 0,
      stdout: '',
    });
    const answer = await verify('--proof', file);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout).toMatch(/verified +entry 17 of \d+/);
    expect(answer.stdout).toContain('"type":');
    const stdout = await riposte(['audit', 'prove', '17'], env);
    expect(stdout.stdout).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra /);
    expect(await riposte(['audit', 'prove', '17', '--out', file], env)).toMatchObject({ code: 2 });
  });

  test('does not verify after a change, with another key, or without one', async () => {
    const forged = join(folder, 'forged.tlog-proof');
    await writeFile(forged, (await readFile(file, 'utf8')).replace('index 17', 'index 16'));
    expect(await verify('--proof', forged)).toMatchObject({ code: 1, stdout: '' });
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    const wrongKey = await riposte(['audit', 'verify', '--proof', file, '--key', other], offline);
    expect(wrongKey.code).toBe(1);
    expect(wrongKey.stderr).toContain('not signed with this key');
    expect(await riposte(['audit', 'verify', '--proof', file], offline)).toMatchObject({ code: 2 });
  });

  test('that does not exist, or is no number, is not proven', async () => {
    expect(await riposte(['audit', 'prove', '999999'], env)).toMatchObject({ stdout: '' });
    expect((await riposte(['audit', 'prove', '999999'], env)).stderr).toContain('is not in a tree of');
    expect(await riposte(['audit', 'prove', 'x'], env)).toMatchObject({ code: 2 });
  });
});

const rawOf = (fields: object): string =>
  canonicalText({
    actor: { id: 'edr-prod', kind: 'source' },
    id: 'ent_1',
    tenant: 'default',
    time: '2026-01-02T03:04:05.678Z',
    type: 'alert.accepted',
    v: 1,
    ...fields,
  });

/** An honest log of twelve entries with heads at 4, 8 and 12, for a script with every right to play with. */
const honest: ExportedEntry[] = Array.from({ length: 12 }, (_, idx) => {
  const raw = rawOf({ n: idx });
  return { idx, raw, leaf: Buffer.from(leafHash(Buffer.from(raw))).toString('hex') };
});
const noteAt = (size: number, entries = honest) =>
  signCheckpoint(
    origin,
    { size, root: rootOf(entries.slice(0, size).map((entry) => Buffer.from(entry.leaf, 'hex'))) },
    testSigner,
  );
const checkpoints = [4, 8, 12].map((size) => noteAt(size));

function found(entries: ExportedEntry[], notes = checkpoints, trusted: string[] = []) {
  return verifyExport({ entries: () => entries, checkpoints: notes, key, trusted });
}

const entry = (idx: number, raw: string): ExportedEntry => ({
  idx,
  raw,
  leaf: Buffer.from(leafHash(Buffer.from(raw))).toString('hex'),
});

describe('a hostile owner of the database', () => {
  test('leaves an honest log in order', () => {
    expect(found(honest, checkpoints, [noteAt(8)])).toMatchObject({
      ok: true,
      entries: 12,
      checkpoints: 3,
      trusted: 1,
      findings: [],
    });
  });

  test('who changes an entry is found between two heads', () => {
    const changed = honest.map((each) => (each.idx === 5 ? entry(5, rawOf({ n: 55 })) : each));
    expect(found(changed).findings[0]).toMatchObject({ kind: 'integrity', index: 4, before: 8 });
  });

  test('who changes an entry and leaves its leaf is named to the index', () => {
    const changed = honest.map((each) => (each.idx === 5 ? { ...each, raw: rawOf({ n: 55 }) } : each));
    expect(found(changed).findings).toContainEqual(expect.objectContaining({ index: 5 }));
  });

  test('who deletes an entry is named, and one who closes the gap is found between two heads', () => {
    expect(found(honest.filter((each) => each.idx !== 6)).findings).toContainEqual(
      expect.objectContaining({ index: 6, message: expect.stringContaining('entry 6 is missing') }),
    );
    const closed = honest.filter((each) => each.idx !== 6).map((each, idx) => ({ ...each, idx }));
    expect(found(closed).findings[0]).toMatchObject({ index: 4, before: 8 });
  });

  test('who swaps two entries is found between two heads', () => {
    const swapped = honest.map((each) =>
      each.idx === 9 ? entry(9, rawOf({ n: 10 })) : each.idx === 10 ? entry(10, rawOf({ n: 9 })) : each,
    );
    expect(found(swapped).findings[0]).toMatchObject({ index: 8, before: 12 });
  });

  test('who appends entries has no signature over them', () => {
    expect(found([...honest, entry(12, rawOf({ n: 12 }))]).findings).toContainEqual(
      expect.objectContaining({ index: 12, message: expect.stringContaining('no signed checkpoint covers') }),
    );
  });

  test('who cuts the tail with its heads is found by the head that somebody kept', () => {
    const cut = honest.slice(0, 8);
    expect(found(cut, checkpoints.slice(0, 2)).ok).toBe(true);
    expect(found(cut, checkpoints.slice(0, 2), [noteAt(12)]).findings).toMatchObject([
      { index: 8, message: expect.stringContaining('entries from 8 on are missing') },
    ]);
  });

  test('who rewrites everything, and had the signing key too, is found by the head that somebody kept', () => {
    const other = honest.map((each) => (each.idx === 2 ? entry(2, rawOf({ n: 22 })) : each));
    const resigned = [4, 8, 12].map((size) => noteAt(size, other));
    expect(found(other, resigned).ok).toBe(true);
    expect(found(other, resigned, [noteAt(8)]).findings[0]).toMatchObject({
      message: expect.stringContaining('the checkpoint you kept of 8 entries has another root'),
    });
  });
});

test('an outcome that nobody attempted, and an action that nobody granted, are a story that contradicts itself', () => {
  const raws = [
    rawOf({ actionKey: 'k1', type: 'action.succeeded' }),
    rawOf({ actionKey: 'k2', approvalId: 'apr_1', planDigest: 'sha256:a', type: 'action.attempted' }),
    '{"b":1,"a":2}',
  ];
  const entries = raws.map((raw, idx) => entry(idx, raw));
  const { findings } = found(entries, [noteAt(3, entries)]);
  expect(findings.map((each) => [each.kind, each.index])).toEqual([
    ['semantic', 0],
    ['semantic', 1],
    ['semantic', 2],
  ]);
});

test('an action on a yes that was void for it is one, and others on the same yes are none', () => {
  const yes = { approvalId: 'apr_1', planDigest: 'sha256:a' };
  const raws = [
    rawOf({ ...yes, type: 'approval.granted' }),
    rawOf({ ...yes, actionKey: 'k1', type: 'action.attempted' }),
    rawOf({ ...yes, actionKey: 'k1', type: 'approval.voided' }),
    rawOf({ ...yes, actionKey: 'k2', type: 'action.attempted' }),
    rawOf({ ...yes, actionKey: 'k1', type: 'action.attempted' }),
  ];
  const entries = raws.map((raw, idx) => entry(idx, raw));
  expect(found(entries, [noteAt(5, entries)]).findings).toMatchObject([
    { kind: 'semantic', index: 4, message: expect.stringContaining('was void for it before') },
  ]);
});

test.each([
  ['nothing', 'null'],
  ['a number', '5'],
  ['a list', '[]'],
  ['an object without the fields of an entry', '{"v":1}'],
  ['an entry of an unknown version', rawOf({ v: 2 })],
  ['half a character, which RFC 8785 has no form for', rawOf({ n: 'x' }).replace('"x"', '"\\ud83d"')],
  ['deeper than anybody writes', `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`],
])('%s in the place of an entry is said and ends no verification', (_, raw) => {
  const entries = [...honest.slice(0, 3), entry(3, raw), ...honest.slice(4)];
  const { findings } = found(entries, [noteAt(12, entries)]);
  expect(findings).toEqual([expect.objectContaining({ kind: 'semantic', index: 3 })]);
});
