import { bytesOfHex, hexOf } from './bytes.js';

/* What a passkey (WebAuthn) has signed below an order about the log, as `order-signature.ts` of the offline verifier judges it. */

/** @typedef {{ [field: string]: unknown }} Data */
/** @typedef {{ order: string, role: string, nonce: string, publicKey: string, authenticatorData: string, clientDataJSON: string, signature: string }} Texts */

const utf8 = new TextEncoder();
const fields = [
  'order',
  'role',
  'nonce',
  'credentialId',
  'publicKey',
  'authenticatorData',
  'clientDataJSON',
  'signature',
];

/** Null when it is none. @param {unknown} evidence @returns {Texts | null} */
export function signedTexts(evidence) {
  if (!isData(evidence) || evidence.v !== 1 || Object.keys(evidence).length !== fields.length + 1)
    return null;
  const { order, role, ...rest } = evidence;
  const written = fields.slice(2).every((field) => /^[A-Za-z0-9_-]+$/.test(String(rest[field])));
  const known = role === 'proposer' || role === 'confirmer';
  return written && known && typeof order === 'string' ? /** @type {Texts} */ (evidence) : null;
}

/** @param {Texts} texts @returns {Promise<string | null>} */
export async function whyNotSigned(texts) {
  try {
    const said = parsed(new TextDecoder().decode(bytesOf(texts.clientDataJSON))) ?? {};
    const url = new URL(String(said.origin));
    const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
    if ((url.protocol !== 'https:' && !local) || said.origin !== url.origin)
      return 'it was signed on pages that no key is made for';
    if (said.type !== 'webauthn.get') return 'the key was not asked to sign';
    if (hexOf(bytesOf(String(said.challenge))) !== hexOf(await challengeOf(texts)))
      return 'another challenge was signed';
    if (said.crossOrigin === true) return 'it was signed inside pages of another site';
    const data = bytesOf(texts.authenticatorData);
    if (data.length < 37) return 'the data of the key is cut';
    if (hexOf(data.subarray(0, 32)) !== hexOf(await sha256(utf8.encode(url.hostname))))
      return 'the key is one for another host';
    // User present, user verified.
    if (((data[32] ?? 0) & 0x05) !== 0x05) return 'the key did not make sure who held it';
    const signed = new Uint8Array([...data, ...(await sha256(bytesOf(texts.clientDataJSON)))]);
    const holds = await verify(bytesOf(texts.publicKey), signed, bytesOf(texts.signature));
    return holds ? null : 'the signature does not hold';
  } catch {
    // A key, a nonce or client data that is none: somebody wrote it by hand.
    return 'it cannot be read';
  }
}

/** How the log names the key. @param {Texts} texts */
export function keyOf({ publicKey }) {
  return hashOf(bytesOf(publicKey));
}

/** @param {Texts} texts */
async function challengeOf({ order, role, nonce }) {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(order)?.[1];
  const bytes = bytesOf(nonce);
  if (hex === undefined || bytes.length !== 32) throw new RangeError('no digest or no nonce');
  return sha256(new Uint8Array([...utf8.encode(`soar-order/v1\n${role}\n`), ...bytes, ...bytesOfHex(hex)]));
}

/** By the three kinds of key that passkeys have here. @param {Uint8Array<ArrayBuffer>} spki @param {Uint8Array<ArrayBuffer>} signed @param {Uint8Array<ArrayBuffer>} signature */
async function verify(spki, signed, signature) {
  const { subtle } = crypto;
  const written = hexOf(spki);
  if (written.startsWith('302a300506032b6570')) {
    const key = await subtle.importKey('spki', spki, 'Ed25519', false, ['verify']);
    return subtle.verify('Ed25519', key, signature, signed);
  }
  if (written.includes('06082a8648ce3d030107')) {
    const key = await subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: 'P-256' }, false, [
      'verify',
    ]);
    return subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, plainSignature(signature), signed);
  }
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const key = await subtle.importKey('spki', spki, algorithm, false, ['verify']);
  return subtle.verify(algorithm.name, key, signature, signed);
}

/** Two numbers of 32 bytes each, of the DER that keys write. @param {Uint8Array<ArrayBuffer>} der */
function plainSignature(der) {
  const plain = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    if (der[at] !== 0x02 || number.length !== length) throw new RangeError('no signature of this kind');
    const whole = number[0] === 0 ? number.subarray(1) : number;
    plain.set(whole, end - whole.length);
    at += 2 + length;
  }
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || at !== der.length)
    throw new RangeError('no signature of this kind');
  return plain;
}

/** @param {string} text @returns {Data | null} */
export function parsed(text) {
  try {
    const value = JSON.parse(text);
    return isData(value) ? value : null;
  } catch {
    return null;
  }
}

/** @param {unknown} value @returns {value is Data} */
export function isData(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
export async function hashOf(bytes) {
  return `sha256:${hexOf(await sha256(bytes))}`;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}
