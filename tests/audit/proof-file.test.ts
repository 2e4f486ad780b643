import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyProof } from '../../api/cli/audit/verifier/verify-proof.ts';
import { type Hash, inclusionProof, leafHash, rootOf } from '../../engine/core/audit/merkle.ts';
import { formatProofFile } from '../../engine/core/audit/proof-file.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { signCheckpoint } from '../../engine/runtime/audit/keep-checkpoint.ts';
import { origin, testSigner } from './open-log.ts';

const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));

// The vector of the formats: the third of three entries, under a checkpoint of an independent program.
const third =
  '{"run":"run_01","target":"host-é-€-😂","time":"2026-01-02T03:04:07.000Z","type":"action.intent","v":1}';
const vector = `c2sp.org/tlog-proof@v1
index 2
Z4myb0xhLjxAU9RMXF8MtqXaoVAY4/ztNFIQqynJSjg=

soar.example/audit/1
3
dsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=

— soar.example/audit/1 WBvH1O0a9EvmoETZklqtn0MqIf5LdbO54T8Kzr3EdBCvj4bJ+sEnLVUFY+bRgsA2i2ojsZqJJAjd6oP6iWGMAWeZUwo=
`;
const lines = [
  '{"actor":{"id":"edr-prod","kind":"webhook"},"run":"run_01","time":"2026-01-02T03:04:05.678Z","type":"run.started","v":1}',
  '{"action_digest":"sha256:00","quorum":{"n":2},"run":"run_01","time":"2026-01-02T03:04:06.000Z","type":"approval.requested","v":1}',
  third,
];

function proofOf(texts: readonly string[], index: number, extra: string | null = texts[index] ?? ''): string {
  const leaves: Hash[] = texts.map((text) => leafHash(Buffer.from(text)));
  return formatProofFile({
    index,
    hashes: inclusionProof(leaves, index),
    checkpoint: signCheckpoint(origin, { size: texts.length, root: rootOf(leaves) }, testSigner),
    extra: extra === null ? null : Buffer.from(extra),
  });
}

describe('a proof file', () => {
  test('is written as the reference vector is, signature included', () => {
    expect(proofOf(lines, 2, null)).toBe(vector);
  });

  test('verifies the reference vector, with the entry beside it or inside it', () => {
    expect(verifyProof({ proof: vector, entry: Buffer.from(third), key })).toMatchObject({
      ok: true,
      origin: 'soar.example/audit/1',
      index: 2,
      size: 3,
      entry: third,
    });
    expect(verifyProof({ proof: proofOf(lines, 2), entry: null, key })).toMatchObject({ ok: true });
  });

  test('proves each entry of logs of every size, and no other entry', () => {
    const texts = Array.from({ length: 40 }, (_, n) => `entry ${n}`);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), fc.nat(), (size, pick, other) => {
        const log = texts.slice(0, size);
        const index = pick % size;
        const proof = proofOf(log, index);
        expect(verifyProof({ proof, entry: null, key })).toMatchObject({ ok: true, entry: log[index] });
        const wrong = texts[(index + 1 + (other % 39)) % 40] ?? '';
        expect(verifyProof({ proof, entry: Buffer.from(wrong), key }).ok).toBe(false);
      }),
    );
  });

  test('does not verify once any single character was changed', () => {
    const proof = proofOf(lines, 1);
    for (let at = 0; at < proof.length; at += 1) {
      const code = proof.charCodeAt(at) === 65 ? 'B' : 'A';
      const changed = proof.slice(0, at) + code + proof.slice(at + 1);
      expect(verifyProof({ proof: changed, entry: null, key }).ok, `at ${at}`).toBe(false);
    }
  });

  test.each([
    ['nothing', ''],
    ['another format', vector.replace('@v1', '@v2')],
    ['no index', vector.replace('index 2\n', '')],
    ['an index beyond the log', vector.replace('index 2', 'index 3')],
    ['an index with a zero in front', vector.replace('index 2', 'index 02')],
    ['one hash too many', vector.replace('\n\n', '\nZ4myb0xhLjxAU9RMXF8MtqXaoVAY4/ztNFIQqynJSjg=\n\n')],
    ['one hash too few', vector.replace('Z4myb0xhLjxAU9RMXF8MtqXaoVAY4/ztNFIQqynJSjg=\n', '')],
    ['a hash that is too short', vector.replace('Z4myb0xhLjxAU9RMXF8MtqXaoVAY4/ztNFIQqynJSjg=', 'Z4my')],
    ['another size', vector.replace('\n3\n', '\n4\n')],
    ['no signature', vector.slice(0, vector.indexOf('—'))],
    ['no checkpoint', vector.slice(0, vector.indexOf('soar'))],
  ])('is refused with %s', (_, proof) => {
    expect(verifyProof({ proof, entry: Buffer.from(third), key })).toMatchObject({ ok: false });
  });

  test('says that the entry is missing, and that a key is none', () => {
    expect(verifyProof({ proof: vector, entry: null, key })).toMatchObject({
      why: 'it does not carry the entry, and none was given with it',
    });
    expect(() => verifyProof({ proof: vector, entry: null, key: 'nonsense' })).toThrow(RangeError);
  });

  test('is checked by files that import nothing but each other and what Node has built in', () => {
    const folder = new URL('../../api/cli/audit/verifier/', import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
    expect(files).toContain('verify-export.ts');
    const foreign = files.flatMap((file) =>
      [
        ...readFileSync(new URL(file, folder), 'utf8').matchAll(
          /(?<!')\b(?:from|import|import\(|require\() ?'([^']+)'/g,
        ),
      ]
        .map(([, name = '']) => name)
        .filter((name) => !name.startsWith('node:') && !files.includes(name.replace(/^\.\//, '')))
        .map((name) => `${file}: ${name}`),
    );
    expect(foreign).toEqual([]);
  });
});
