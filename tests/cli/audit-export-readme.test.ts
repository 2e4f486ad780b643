import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApi } from '../api/start-api.ts';
import { draft } from '../audit/draft-entry.ts';
import { keysOf, numbered, record, sequencerOf, testSigner } from '../audit/open-log.ts';
import { orderer } from '../audit/order.ts';
import { until } from '../corridor/questions.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { riposte } from './start-cli.ts';

/* A stranger follows the README of an export, step by step, with nothing but SHA-256 and Ed25519. */

const hashOf = (...parts: (Uint8Array | string)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

function rootOf(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0] as Buffer;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hashOf(Uint8Array.of(1), rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function signed(key: string, text: string, signature: Buffer): boolean {
  const bytes = Buffer.from(key.slice(key.indexOf('+', key.indexOf('+') + 1) + 1), 'base64');
  const x = bytes.subarray(1).toString('base64url');
  return verify(
    null,
    Buffer.from(text),
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  );
}

function isSignedNote(note: string, key: string): boolean {
  const [text = '', lines = ''] = note.split('\n\n');
  const [name, id] = key.split('+');
  return lines.split('\n').some((line) => {
    const [, by, encoded = ''] = line.split(' ');
    const bytes = Buffer.from(encoded, 'base64');
    return (
      by === name &&
      bytes.subarray(0, 4).toString('hex') === id &&
      signed(key, `${text}\n`, bytes.subarray(4))
    );
  });
}

test('the steps of the README lead to every head, over a key that changed', async () => {
  const api = await startApi();
  const env = { RIPOSTE_URL: api.url, RIPOSTE_TOKEN: (await api.person('ada', ['auditor'])).token };
  const folder = join(await temporaryFolder(), 'log');
  const long = { keys: Array.from({ length: 3_000 }, (_, n) => `key ${n}`) };
  await record(api.db, [...numbered(30), draft({ data: long })]);
  const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20 };
  const sequencer = sequencerOf(api.db.sequencer, { keys: keysOf(testSigner), limits });
  await sequencer.start();
  const [one, two] = [await orderer(api.db, 'one'), await orderer(api.db, 'two')];
  const proposed = await one.propose({ kind: 'key' }, 'yearly');
  if (!proposed.ok) throw new Error(proposed.detail);
  await two.confirm(proposed.digest);
  await until(async () => (await api.db.owner.query('select 1 from audit_key')).rowCount === 1);
  await sequencer.stop();
  expect(await riposte(['audit', 'export', '--out', folder], env)).toMatchObject({ code: 0 });

  const linesOf = async (name: string) =>
    (await readFile(join(folder, name), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const entries = await linesOf('entries.jsonl');
  expect(readme).toContain(`Its first ${entries.length} entries`);
  expect(entries.map(({ idx }) => idx)).toEqual(entries.map((_, at) => at));
  const leaves = entries.map(({ raw }) => hashOf(Uint8Array.of(0), raw));
  expect(entries.map(({ leaf }) => leaf)).toEqual(leaves.map((leaf) => leaf.toString('hex')));

  const read = entries.map(({ raw }) => JSON.parse(raw));
  const change = read.findIndex(({ type }) => type === 'log.key-changed');
  const { from, to, signature } = read[change].data;
  expect(read[0].data.key).toBe(from);
  expect(to).toBe((await readFile(join(folder, 'key'), 'utf8')).trim());
  const origin = from.split('+')[0];
  const said = `riposte key change v1\n${origin}\n${from}\n${to}\n`;
  expect(signed(from, said, Buffer.from(signature, 'base64'))).toBe(true);

  const heads = await linesOf('checkpoints.jsonl');
  expect(heads.at(-1).size).toBe(entries.length);
  let handedOver = false;
  for (const { size, note } of heads) {
    expect(note.split('\n').slice(0, 3)).toEqual([
      origin,
      String(size),
      rootOf(leaves.slice(0, size)).toString('base64'),
    ]);
    const behind = size > change;
    expect([isSignedNote(note, from), isSignedNote(note, to)]).toEqual([!handedOver, behind]);
    handedOver ||= behind;
  }

  const [kept] = await linesOf('data.jsonl');
  expect(hashOf(kept.raw).toString('hex')).toBe(read[kept.idx].data.sha256);
}, 30_000);
