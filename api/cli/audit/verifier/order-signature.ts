import { createHash, createPublicKey, verify } from 'node:crypto';

/* What a passkey (WebAuthn) has signed below an order about the log. */

type Data = { [field: string]: unknown };

/** What the key signed: SHA-256 of "soar-order/v1", the role, a nonce and the digest, as its browser was asked to. */
export function whyNotSigned(texts: Texts): string | null {
  try {
    const said = parsed(bytesOf(texts.clientDataJSON).toString('utf8')) ?? {};
    const url = new URL(String(said.origin));
    const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
    if ((url.protocol !== 'https:' && !local) || said.origin !== url.origin)
      return 'it was signed on pages that no key is made for';
    if (said.type !== 'webauthn.get') return 'the key was not asked to sign';
    if (said.challenge !== challengeOf(texts).toString('base64url')) return 'another challenge was signed';
    if (said.crossOrigin === true) return 'it was signed inside pages of another site';
    const data = bytesOf(texts.authenticatorData);
    if (data.length < 37) return 'the data of the key is cut';
    if (!data.subarray(0, 32).equals(sha256(Buffer.from(url.hostname))))
      return 'the key is one for another host';
    // User present, user verified.
    if (((data[32] ?? 0) & 0x05) !== 0x05) return 'the key did not make sure who held it';
    const key = createPublicKey({ key: bytesOf(texts.publicKey), format: 'der', type: 'spki' });
    const signed = Buffer.concat([data, sha256(bytesOf(texts.clientDataJSON))]);
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return verify(algorithm, signed, key, bytesOf(texts.signature)) ? null : 'the signature does not hold';
  } catch {
    // A key, a nonce or client data that is none: somebody wrote it by hand.
    return 'it cannot be read';
  }
}

function challengeOf({ order, role, nonce }: Texts): Buffer {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(order)?.[1];
  const bytes = bytesOf(nonce);
  if (hex === undefined || bytes.length !== 32) throw new RangeError('no digest or no nonce');
  return sha256(Buffer.concat([Buffer.from(`soar-order/v1\n${role}\n`), bytes, Buffer.from(hex, 'hex')]));
}

const fields = [
  'order',
  'role',
  'nonce',
  'credentialId',
  'publicKey',
  'authenticatorData',
  'clientDataJSON',
  'signature',
] as const;
export type Texts = { [field in (typeof fields)[number]]: string };

export function signedTexts(evidence: unknown): Texts | null {
  if (!isData(evidence) || evidence.v !== 1 || Object.keys(evidence).length !== fields.length + 1)
    return null;
  const { order, role, ...rest } = evidence;
  const written = fields.slice(2).every((field) => /^[A-Za-z0-9_-]+$/.test(String(rest[field])));
  const known = role === 'proposer' || role === 'confirmer';
  return written && known && typeof order === 'string' ? (evidence as Texts) : null;
}

/** How the log names the key. */
export function keyOf({ publicKey }: Texts): string {
  return hashOf(bytesOf(publicKey));
}

export function parsed(text: string): Data | null {
  try {
    const value: unknown = JSON.parse(text);
    return isData(value) ? value : null;
  } catch {
    // Said by the story, which reads every entry.
    return null;
  }
}

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function hashOf(bytes: Buffer): string {
  return `sha256:${sha256(bytes).toString('hex')}`;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
