import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Texts, whyNotSigned as whyNotOffline } from '../../api/cli/audit/verifier/order-signature.ts';
import {
  isOrderEvidence,
  type OrderEvidence,
  orderChallenge,
  readOrderEvidence,
  whyNotSignedAs,
} from '../../engine/core/audit/signed-order.ts';
import { browserScript } from './browser-verdict.ts';

/* Every kind of key that passkeys have here, checked by the engine, the offline verifier and the browser alike. */

const order = `sha256:${'5'.repeat(64)}`;
const role = 'proposer';

interface Odd {
  origin?: string;
  rpId?: string;
  flags?: number;
  type?: string;
  crossOrigin?: boolean;
}

function signedWith(pair: { publicKey: KeyObject; privateKey: KeyObject }, odd: Odd = {}): OrderEvidence {
  const nonce = randomBytes(32);
  const client = Buffer.from(
    JSON.stringify({
      type: odd.type ?? 'webauthn.get',
      challenge: orderChallenge(nonce, order, role).toString('base64url'),
      origin: odd.origin ?? 'https://soar.example.org:8443',
      crossOrigin: odd.crossOrigin ?? false,
    }),
  );
  const rpId = createHash('sha256')
    .update(odd.rpId ?? 'soar.example.org')
    .digest();
  const data = Buffer.concat([rpId, Buffer.from([odd.flags ?? 0x05, 0, 0, 0, 1])]);
  const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
  const algorithm = pair.publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return {
    v: 1,
    order,
    role,
    nonce: nonce.toString('base64url'),
    credentialId: 'AAAA',
    publicKey: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64url'),
    authenticatorData: data.toString('base64url'),
    clientDataJSON: client.toString('base64url'),
    signature: sign(algorithm, signed, pair.privateKey).toString('base64url'),
  };
}

/** The same word of all three. */
async function why(evidence: OrderEvidence): Promise<string | null> {
  const { whyNotSigned } = await browserScript('order-signature.js');
  const said = whyNotSignedAs(evidence, { order, role });
  expect(whyNotOffline(evidence as Texts)).toBe(said);
  expect(await whyNotSigned(evidence)).toBe(said);
  return said;
}

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });

test.each([
  ['P-256', p256],
  ['Ed25519', generateKeyPairSync('ed25519')],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
])('%s', async (_, pair) => {
  const evidence = signedWith(pair);
  expect(await why(evidence)).toBeNull();
  const other = signedWith(pair);
  expect(await why({ ...evidence, signature: other.signature })).toBe('the signature does not hold');
});

test('numbers of every length in a signature of P-256', async () => {
  for (let n = 0; n < 300; n += 1) expect(await why(signedWith(p256))).toBeNull();
});

test.each<[string, Odd, string]>([
  ['a page of http', { origin: 'http://soar.example.org' }, 'it was signed on pages that no key is made for'],
  ['no origin', { origin: 'soar' }, 'it cannot be read'],
  ['a key for another host', { rpId: 'example.org' }, 'the key is one for another host'],
  ['nobody made sure who it was', { flags: 0x01 }, 'the key did not make sure who held it'],
  ['a key that was made', { type: 'webauthn.create' }, 'the key was not asked to sign'],
  ['a page in a page', { crossOrigin: true }, 'it was signed inside pages of another site'],
])('%s', async (_, odd, said) => {
  expect(await why(signedWith(p256, odd))).toBe(said);
});

test('what is written otherwise is no evidence', () => {
  const evidence = signedWith(p256);
  const text = JSON.stringify(
    Object.fromEntries(Object.entries(evidence).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  expect(readOrderEvidence(text)).toEqual(evidence);
  for (const odd of [
    ` ${text}`,
    text.replace('"v":1', '"v":2'),
    '[]',
    'null',
    '{',
    text.replace('AAAA', 'AA=='),
    text.replace('"v":1', '"v":1,"x":1'),
  ])
    expect(readOrderEvidence(odd), odd.slice(0, 40)).toBeNull();
  expect(isOrderEvidence({ ...evidence, role: 'somebody' })).toBe(false);
});
