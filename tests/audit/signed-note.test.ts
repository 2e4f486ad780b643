import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCheckpoint, parseCheckpoint } from '../../engine/core/audit/checkpoint.ts';
import { leafHash, rootOf } from '../../engine/core/audit/merkle.ts';
import { formatNote, parseNote, verifyNote } from '../../engine/core/audit/signed-note.ts';
import {
  formatVerifierKey,
  keyTypes,
  parseVerifierKey,
  type VerifierKey,
  verifierKey,
} from '../../engine/core/audit/verifier-key.ts';

// Vectors of the C2SP signed-note specification and of an independent implementation.
const logKey = 'soar.example/audit/1+581bc7d4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4';
const checkpoint = `soar.example/audit/1
3
dsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=
`;
const logLine =
  '— soar.example/audit/1 WBvH1O0a9EvmoETZklqtn0MqIf5LdbO54T8Kzr3EdBCvj4bJ+sEnLVUFY+bRgsA2i2ojsZqJJAjd6oP6iWGMAWeZUwo=\n';
const witnessKey = 'witness.example/w1+aa4a09d1+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs';
const witnessLine =
  '— witness.example/w1 qkoJ0QAAAABpVzWnWWLfrVgx+F4DVgbH6slSfibYLnIkY78Wx0buJu+DhO5HcL7AzI23vlkM4KjIBk3NAa9czj+dPz4El29cK9H0CA==\n';
const entries = [
  '{"actor":{"id":"edr-prod","kind":"webhook"},"run":"run_01","time":"2026-01-02T03:04:05.678Z","type":"run.started","v":1}',
  '{"action_digest":"sha256:00","quorum":{"n":2},"run":"run_01","time":"2026-01-02T03:04:06.000Z","type":"approval.requested","v":1}',
  '{"run":"run_01","target":"host-é-€-😂","time":"2026-01-02T03:04:07.000Z","type":"action.intent","v":1}',
];

function key(text: string): VerifierKey {
  const parsed = parseVerifierKey(text);
  if (parsed === null) throw new Error(`${text} is no key`);
  return parsed;
}

function keyPair(seedHex: string) {
  const privateKey = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seedHex, 'hex')]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  return { privateKey, publicKey };
}

describe('verifier keys', () => {
  it('are written as the specification writes them', () => {
    const seed = Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('hex');
    const { publicKey } = keyPair(seed);
    expect(publicKey.toString('hex')).toBe(
      '03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8',
    );
    expect(formatVerifierKey(verifierKey('soar.example/audit/1', publicKey))).toBe(logKey);
    expect(
      formatVerifierKey(
        verifierKey('witness.example/w1', keyPair('07'.repeat(32)).publicKey, keyTypes.cosignature),
      ),
    ).toBe(witnessKey);
  });

  it.each([
    ['a wrong id', logKey.replace('581bc7d4', '581bc7d5')],
    ['another name', logKey.replace('soar', 'sear')],
    ['a name with a space', logKey.replace('soar', 'so ar')],
    ['an unknown type', logKey.replace('+AQ', '+Ag')],
    ['too few bytes', 'a+00000000+AQOhB7'],
    ['base64 that is spelled in another way', `${logKey}=`],
    ['nothing', ''],
  ])('are refused with %s', (_, text) => {
    expect(parseVerifierKey(text)).toBeNull();
  });
});

describe('signed notes', () => {
  it('verify with the vector of the specification', () => {
    const note = `This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n`;
    const known = key('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
    expect(verifyNote(note, [known])).toMatchObject({
      ok: true,
      note: { text: 'This is an example message.\n' },
    });
  });

  it('carry a checkpoint whose root is that of its entries', () => {
    const verdict = verifyNote(`${checkpoint}\n${logLine}`, [key(logKey)]);
    expect(verdict.ok).toBe(true);
    const parsed = parseCheckpoint(checkpoint);
    expect(parsed).toMatchObject({ origin: 'soar.example/audit/1', size: 3 });
    expect(Buffer.from(parsed?.root ?? []).toString('hex')).toBe(
      Buffer.from(rootOf(entries.map((entry) => leafHash(Buffer.from(entry))))).toString('hex'),
    );
  });

  it('are written again byte for byte', () => {
    const parsed = parseNote(`${checkpoint}\n${logLine}${witnessLine}`);
    expect(parsed).not.toBeNull();
    if (parsed !== null)
      expect(formatNote(parsed.text, parsed.signatures)).toBe(`${checkpoint}\n${logLine}${witnessLine}`);
  });

  it('carry the time at which a witness saw them', () => {
    const verdict = verifyNote(`${checkpoint}\n${logLine}${witnessLine}`, [key(logKey), key(witnessKey)]);
    expect(verdict).toMatchObject({ ok: true, cosignedAt: { 'witness.example/w1': 1_767_323_047 } });
  });

  it('are worth nothing when only unknown keys signed', () => {
    expect(verifyNote(`${checkpoint}\n${logLine}`, [key(witnessKey)])).toEqual({
      ok: false,
      why: 'no known key has signed it',
    });
  });

  it('are spoilt by one known key with a wrong signature, whatever the others say', () => {
    const other = `${checkpoint.replace('\n3\n', '\n4\n')}`;
    const { privateKey, publicKey } = keyPair('09'.repeat(32));
    const good = verifierKey('other.example', publicKey);
    const line = formatNote(other, [
      { name: good.name, id: good.id, signature: sign(null, Buffer.from(other), privateKey) },
    ]);
    expect(verifyNote(line, [good]).ok).toBe(true);
    expect(verifyNote(`${line}${logLine}`, [good, key(logKey)])).toMatchObject({ ok: false });
  });

  it('do not verify once any single byte was changed', () => {
    const note = `${checkpoint}\n${logLine}`;
    fc.assert(
      fc.property(fc.nat({ max: note.length - 1 }), fc.integer({ min: 1, max: 127 }), (at, by) => {
        const code = (note.charCodeAt(at) + by) % 128;
        const changed = note.slice(0, at) + String.fromCharCode(code) + note.slice(at + 1);
        if (changed === note) return true;
        const verdict = verifyNote(changed, [key(logKey)]);
        return !verdict.ok;
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['no empty line', `${checkpoint}${logLine}`],
    ['no line feed at its end', `${checkpoint}\n${logLine.trimEnd()}`],
    ['a carriage return', `${checkpoint.replace('\n', '\r\n')}\n${logLine}`],
    ['a hyphen for a dash', `${checkpoint}\n${logLine.replace('—', '-')}`],
    ['a hundred signatures', `${checkpoint}\n${logLine.repeat(100)}`],
  ])('are refused with %s', (_, note) => {
    expect(parseNote(note)).toBeNull();
  });
});

describe('checkpoints', () => {
  it.each([
    ['a leading zero', 'a\n03\ndsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=\n'],
    ['a size that is no number', 'a\n-1\ndsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=\n'],
    ['a size beyond exact numbers', 'a\n9999999999999999\ndsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=\n'],
    ['a short root', 'a\n3\ndsdavSD28vNiAw==\n'],
    ['no origin', '\n3\ndsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=\n'],
    ['no end', 'a\n3\ndsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ='],
  ])('are refused with %s', (_, text) => {
    expect(parseCheckpoint(text)).toBeNull();
  });

  it('are read as they were written', () => {
    const root = leafHash(Buffer.from('x'));
    const read = parseCheckpoint(formatCheckpoint({ origin: 'soar.example/audit/1', size: 70_000, root }));
    expect(read?.size).toBe(70_000);
    expect(Buffer.from(read?.root ?? [])).toEqual(Buffer.from(root));
  });
});
