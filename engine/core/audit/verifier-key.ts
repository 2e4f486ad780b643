import { createHash, createPublicKey, verify } from 'node:crypto';

/*
 * Verifier keys of C2SP signed-note: `<name>+<8 hex key id>+<base64(type || key)>`. Two types of
 * Ed25519 are known: a log's own signature and a witness's timestamped cosignature.
 */

export const keyTypes = { ed25519: 0x01, cosignature: 0x04 } as const;

export interface VerifierKey {
  name: string;
  /** First four bytes of SHA-256 over name, line feed, type and key; as a signature line carries it. */
  id: number;
  type: number;
  /** 32 bytes. */
  publicKey: Uint8Array;
}

const keyBytes = 32;
/** SubjectPublicKeyInfo of an Ed25519 key, before its 32 bytes (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export function verifierKey(
  name: string,
  publicKey: Uint8Array,
  type: number = keyTypes.ed25519,
): VerifierKey {
  return { name, id: keyId(name, type, publicKey), type, publicKey };
}

export function formatVerifierKey(key: VerifierKey): string {
  const encoded = Buffer.concat([Uint8Array.of(key.type), key.publicKey]).toString('base64');
  return `${key.name}+${hexId(key.id)}+${encoded}`;
}

/** Null when the text is no verifier key of a known type, or its id does not belong to it. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const [name, id, encoded, ...rest] = splitKey(text);
  if (name === undefined || id === undefined || encoded === undefined || rest.length > 0) return null;
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(id)) return null;
  const bytes = decodeBase64(encoded);
  if (bytes === null || bytes.length !== keyBytes + 1) return null;
  const type = bytes[0] ?? 0;
  if (type !== keyTypes.ed25519 && type !== keyTypes.cosignature) return null;
  const key = verifierKey(name, bytes.subarray(1), type);
  return hexId(key.id) === id ? key : null;
}

/** The last two `+` separate; base64 may hold more of them. */
function splitKey(text: string): string[] {
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0) return [];
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

export function isKeyName(name: string): boolean {
  return name !== '' && !/[\s+]/u.test(name);
}

/** Ed25519 over the message. False for anything that is not a signature by this key. */
export function isSignedBy(key: VerifierKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const der = Buffer.concat([spkiPrefix, key.publicKey]);
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}

/** Strict standard base64 with padding; null for everything else, so that one value has one spelling. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function keyId(name: string, type: number, publicKey: Uint8Array): number {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Uint8Array.of(type))
    .update(publicKey)
    .digest()
    .readUInt32BE(0);
}

function hexId(id: number): string {
  return id.toString(16).padStart(8, '0');
}
