import { beforeAll, describe, expect, test } from 'vitest';
import type { ExportedEntry } from '../../api/cli/audit/verifier/exported-entry.ts';
import { verifyExport } from '../../api/cli/audit/verifier/verify-export.ts';
import { type Hash, verifyConsistency, verifyInclusion } from '../../engine/core/audit/merkle.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { LogSeal } from '../../engine/runtime/audit/seal-log.ts';
import { sequencerLimits } from '../../engine/runtime/sequence-audit.ts';
import { mintId } from '../../schemas/ids.ts';
import { startApi } from '../api/start-api.ts';
import { tenant } from './draft-entry.ts';
import { numbered, origin, record, sequencerOf, tamper, testKeys, testSigner, until } from './open-log.ts';

/* A stranger with a token and the key: everything comes over HTTP, the verdict from the offline verifier. */

const api = await startApi();
const auditor = (await api.person('ada', ['auditor'])).token;
const analyst = (await api.person('ann', ['analyst'])).token;
const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));
let size = 0;
let earlier = 0;

async function fetchLog(path: string, token = auditor): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(`${api.url}/v1/audit/log/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function checkpoint(): Promise<{ note: string; size: number }> {
  const { bytes } = await fetchLog('checkpoint');
  const note = bytes.toString('utf8');
  return { note, size: Number(note.split('\n')[1]) };
}

/** The right edge of a level, and everything before it, as tlog-tiles says a client has to ask. */
function namesOf(kind: string, hashes: number): string[] {
  const names: string[] = [];
  for (let n = 0; n * 256 < hashes; n += 1) {
    const width = Math.min(256, hashes - n * 256);
    names.push(`tile/${kind}/${String(n).padStart(3, '0')}${width === 256 ? '' : `.p/${width}`}`);
  }
  return names;
}

async function all(names: string[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const name of names) {
    const { response, bytes } = await fetchLog(name);
    expect(response.status, name).toBe(200);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function unpack(bundles: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bundles.length; ) {
    const length = bundles.readUInt16BE(at);
    texts.push(bundles.subarray(at + 2, at + 2 + length).toString('utf8'));
    at += 2 + length;
  }
  return texts;
}

async function wholeLog(): Promise<ExportedEntry[]> {
  const leaves = (await all(namesOf('0', size))).toString('hex').match(/.{64}/g) ?? [];
  const texts = unpack(await all(namesOf('entries', size)));
  expect(texts).toHaveLength(leaves.length);
  return leaves.map((leaf, idx) => ({ idx, leaf, raw: texts[idx] ?? null }));
}

beforeAll(async () => {
  const sequencer = sequencerOf(api.db.sequencer);
  await record(api.db, numbered(290));
  await sequencer.flush();
  ({ size: earlier } = await checkpoint());
  await record(api.db, numbered(250, 290));
  await until(async () => {
    await sequencer.flush();
    return (await checkpoint()).size > earlier;
  }, 'a second checkpoint');
  ({ size } = await checkpoint());
  expect(sequencer.errors).toEqual([]);
});

describe('a stranger', () => {
  test('fetches checkpoint, tiles and entries, and computes the signed root from them', async () => {
    const entries = await wholeLog();
    expect(entries.length).toBeGreaterThan(512);
    const { note } = await checkpoint();
    expect(verifyExport({ entries: () => entries, checkpoints: [note], key, trusted: [] })).toMatchObject({
      ok: true,
      entries: size,
      checkpoints: 1,
    });
  });

  test('finds on level 1 the root of each full tile below', async () => {
    const entries = await wholeLog();
    const { bytes } = await fetchLog('tile/1/000.p/2');
    for (const n of [0, 1]) {
      const below = entries
        .slice(n * 256, (n + 1) * 256)
        .map((entry, idx): ExportedEntry => ({ ...entry, idx }));
      const { root } = verifyExport({ entries: () => below, checkpoints: [], key, trusted: [] });
      expect(bytes.subarray(n * 32, (n + 1) * 32).toString('hex')).toBe(root);
    }
  });

  test('is told what may be cached', async () => {
    const cacheOf = async (path: string) => {
      const { response } = await fetchLog(path);
      return [response.headers.get('content-type'), response.headers.get('cache-control')];
    };
    expect(await cacheOf('checkpoint')).toEqual(['text/plain; charset=utf-8', 'private, max-age=2']);
    const bytes = 'application/octet-stream';
    expect(await cacheOf('tile/0/000')).toEqual([bytes, 'private, max-age=31536000, immutable']);
    expect(await cacheOf('tile/1/000.p/2')).toEqual([bytes, 'private, max-age=60']);
    expect(await cacheOf('tile/entries/000')).toEqual([bytes, 'no-store']);
  });

  test('gets the partial tile of every earlier checkpoint, also where the tile is full by now', async () => {
    const full = (await fetchLog('tile/0/001')).bytes;
    expect(full).toHaveLength(8192);
    const partial = (await fetchLog(`tile/0/001.p/${earlier - 256}`)).bytes;
    expect(partial).toEqual(full.subarray(0, (earlier - 256) * 32));
  });

  test.each([
    'tile/0/002',
    'tile/0/002.p/255',
    'tile/0/003.p/1',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/007',
    'tile/0/0',
    'tile/0/x000/000',
    'tile/00/000',
    'tile/1/000',
    'tile/1/000.p/3',
    'tile/2/000.p/1',
    'tile/63/000.p/1',
    'tile/64/000.p/1',
    'tile/-1/000',
    'tile/data/000',
    'tile/entries/002',
    'tile/entries/003.p/1',
    'tile/entries/x999/x999/999.p/1',
  ])('asks in vain for %s', async (path) => {
    const { response } = await fetchLog(path);
    expect([400, 404]).toContain(response.status);
    if (!path.includes('-')) expect(response.status).toBe(404);
  });

  test('needs the right to read the log', async () => {
    for (const path of ['checkpoint', 'tile/0/000', 'tile/entries/000'])
      expect((await fetchLog(path, analyst)).response.status).toBe(403);
    expect((await fetch(`${api.url}/v1/audit/log/checkpoint`)).status).toBe(401);
  });
});

describe('proofs', () => {
  const proof = (path: string) => api.call('GET', `/v1/audit/proofs/${path}`, { token: auditor });
  const bytesOf = (hex: string): Hash => Buffer.from(hex, 'hex');

  test.each([0, 1, 255, 256, 511, 512])('of entry %i hold against the signed head', async (index) => {
    const { body } = await proof(`inclusion?index=${index}`);
    expect(body.size).toBe(size);
    expect(body.checkpoint).toBe((await checkpoint()).note);
    expect(body.checkpoint).toContain(Buffer.from(body.root, 'hex').toString('base64'));
    const hashes = body.hashes.map(bytesOf);
    expect(verifyInclusion(bytesOf(body.leaf), index, size, hashes, bytesOf(body.root))).toBe(true);
    expect(verifyInclusion(bytesOf(body.leaf), index + 1, size, hashes, bytesOf(body.root))).toBe(false);
  });

  test('of an entry at an earlier size have the head of that time', async () => {
    const { body } = await proof(`inclusion?index=3&size=${earlier}`);
    expect(body.checkpoint).toContain(`\n${earlier}\n`);
    expect(
      verifyInclusion(bytesOf(body.leaf), 3, earlier, body.hashes.map(bytesOf), bytesOf(body.root)),
    ).toBe(true);
    expect((await proof('inclusion?index=3&size=7')).body).toMatchObject({ size: 7, checkpoint: null });
  });

  test.each([0, 1, 255, 256, 257, 512])('that a tree of %i is a prefix hold', async (from) => {
    const { body } = await proof(`consistency?from=${from}`);
    const { fromRoot, toRoot, hashes } = body;
    expect(verifyConsistency(from, bytesOf(fromRoot), size, bytesOf(toRoot), hashes.map(bytesOf))).toBe(true);
  });

  test('beyond the newest checkpoint are refused, although entries are sealed there', async () => {
    await record(api.db, numbered(3, 540));
    const seal = new LogSeal(
      {
        database: api.db.sequencer,
        tenant,
        mint: mintId,
        origin,
        keys: testKeys,
        onError: (error) => expect.unreachable(error.message),
      },
      sequencerLimits,
    );
    await seal.claim();
    expect((await seal.drain(1)).taken).toBeGreaterThanOrEqual(3);
    expect((await checkpoint()).size).toBe(size);
    for (const path of [
      `inclusion?index=0&size=${size + 1}`,
      `inclusion?index=${size}`,
      `consistency?from=0&to=${size + 1}`,
      `consistency?from=${size}&to=1`,
      'inclusion',
      'consistency?to=5',
      'inclusion?index=-1',
      'inclusion?index=1.5',
    ])
      expect((await proof(path)).body, path).toMatchObject({ code: 'request/invalid' });
    const sealed = size + 1 - 512;
    expect((await fetchLog(`tile/0/002.p/${sealed}`)).response.status).toBe(404);
    expect((await fetchLog(`tile/entries/002.p/${sealed}`)).response.status).toBe(404);
    expect((await fetchLog(`tile/0/002.p/${sealed - 1}`)).response.status).toBe(200);
  });

  test('come from tiles: a log without its rows still proves, a log without its tiles does not', async () => {
    const asked = `/v1/audit/proofs/consistency?from=${earlier}&to=${size}`;
    const before = await api.call('GET', asked, { token: auditor });
    const { rows } = await api.db.owner.query<{ hashes: Uint8Array }>(
      'select hashes from audit_tile where level = 0 and n = 2',
    );
    await tamper(api.db, 'update audit_log set leaf = $1', [Buffer.alloc(32)]);
    expect((await api.call('GET', asked, { token: auditor })).body).toEqual(before.body);
    await tamper(api.db, 'update audit_tile set hashes = substr(hashes, 1, 32) where level = 0 and n = 2');
    expect(rows).toHaveLength(1);
    const after = await api.call('GET', asked, { token: auditor });
    expect(after).toMatchObject({ status: 500, body: { code: 'audit/integrity' } });
  });
});
