import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { approvalChallenge } from '../../engine/core/approval/approval-challenge.ts';
import {
  checkEvidence,
  type Evidence,
  evidenceBytes,
  sha256Of,
} from '../../engine/core/approval/check-evidence.ts';

/* What an auditor does with the evidence of a decision, without any part of the server. */

const party = { id: 'soar.example.org', origin: 'https://soar.example.org' };
const digest = `sha256:${'a1'.repeat(32)}`;

interface Made {
  evidence: Evidence;
  expected: { digest: string; publicKeyHash: string; party: typeof party };
}

const pairs = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
} as const;

function made({
  pair = pairs.ES256() as { publicKey: KeyObject; privateKey: KeyObject },
  client = {} as object,
  rpId = party.id,
  flags = 0x05,
  signed = digest,
} = {}): Made {
  const nonce = randomBytes(32);
  const clientData = Buffer.from(
    JSON.stringify({
      type: 'webauthn.get',
      challenge: approvalChallenge(nonce, signed).toString('base64url'),
      origin: party.origin,
      ...client,
    }),
  );
  const data = Buffer.concat([hash(Buffer.from(rpId)), Buffer.from([flags, 0, 0, 0, 1])]);
  const algorithm = pair.publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signature = sign(algorithm, Buffer.concat([data, hash(clientData)]), pair.privateKey);
  const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' });
  const evidence: Evidence = {
    v: 1,
    digest,
    nonce: nonce.toString('base64url'),
    credentialId: 'AAAA',
    publicKey: publicKey.toString('base64url'),
    authenticatorData: data.toString('base64url'),
    clientDataJSON: clientData.toString('base64url'),
    signature: signature.toString('base64url'),
  };
  return { evidence, expected: { digest, publicKeyHash: sha256Of(publicKey), party } };
}

function hash(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

describe('evidence holds', () => {
  it.each(Object.entries(pairs))('when a key of kind %s signed this digest', (_kind, pair) => {
    const { evidence, expected } = made({ pair: pair() });
    expect(checkEvidence(evidence, expected)).toEqual({ holds: true });
  });

  it('and the challenge is SHA-256 of prefix, nonce and digest, as anybody can compute it', () => {
    const nonce = Buffer.alloc(32, 7);
    const whole = Buffer.concat([
      Buffer.from('soar-approval/v1\n'),
      nonce,
      Buffer.from('a1'.repeat(32), 'hex'),
    ]);
    expect(approvalChallenge(nonce, digest)).toEqual(hash(whole));
  });
});

describe('evidence does not hold', () => {
  it.each([
    ['about other terms', made(), { digest: `sha256:${'b2'.repeat(32)}` }, 'another digest'],
    ['signed with another key', made(), { publicKeyHash: `sha256:${'0'.repeat(64)}` }, 'another key'],
    ['signed for other terms', made({ signed: `sha256:${'c3'.repeat(32)}` }), {}, 'another challenge'],
    ['for registering', made({ client: { type: 'webauthn.create' } }), {}, 'not asked to sign'],
    ['on other pages', made({ client: { origin: 'https://evil.example' } }), {}, 'another origin'],
    ['inside other pages', made({ client: { crossOrigin: true } }), {}, 'another site'],
    ['for another host', made({ rpId: 'evil.example' }), {}, 'another host'],
    ['without anybody verified', made({ flags: 0x01 }), {}, 'who held it'],
    ['without anybody there', made({ flags: 0x04 }), {}, 'who held it'],
  ])('%s', (_what, { evidence, expected }, instead, why) => {
    const verdict = checkEvidence(evidence, { ...expected, ...instead });
    expect(verdict).toMatchObject({ holds: false });
    expect(verdict).toHaveProperty('why', expect.stringContaining(why));
  });

  it.each(['nonce', 'publicKey', 'authenticatorData', 'clientDataJSON', 'signature'] as const)(
    'with one bit of its %s changed',
    (field) => {
      const { evidence, expected } = made();
      const bytes = Buffer.from(evidence[field], 'base64url');
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 0x01, bytes.length - 2);
      const changed = { ...evidence, [field]: bytes.toString('base64url') };
      expect(checkEvidence(changed, expected).holds).toBe(false);
      expect(sha256Of(evidenceBytes(changed))).not.toBe(sha256Of(evidenceBytes(evidence)));
    },
  );

  it('when it is cut or made up', () => {
    const { evidence, expected } = made();
    for (const field of ['nonce', 'authenticatorData', 'clientDataJSON', 'signature'] as const)
      expect(checkEvidence({ ...evidence, [field]: 'AA' }, expected).holds).toBe(false);
  });
});
