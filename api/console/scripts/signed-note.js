import { exactBase64, hexOf } from './bytes.js';

/* C2SP signed-note: keys `<name>+<id>+<key>`, and what one of them has signed. */

/** @typedef {{ text: string, name: string, id: string, publicKey: Uint8Array<ArrayBuffer> }} Key */

const utf8 = new TextEncoder();

/** @param {string} text @returns {Promise<Key | null>} */
export async function readKey(text) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  const bytes = encoded === undefined ? null : exactBase64(encoded);
  if (name === undefined || id === undefined || bytes === null) return null;
  const named = new Uint8Array([...utf8.encode(`${name}\n`), ...bytes]);
  const own = hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', named)).subarray(0, 4));
  if (bytes.length !== 33 || bytes[0] !== 1 || own !== id) return null;
  return { text: text.trim(), name, id, publicKey: bytes.subarray(1) };
}

/** Ed25519. @param {Key} key @param {string} text @param {Uint8Array<ArrayBuffer>} signature */
export async function isSignature({ publicKey }, text, signature) {
  const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, signature, utf8.encode(text));
}

/** Browsers older than the spring of 2025 cannot. */
export async function canCheckSignatures() {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), 'Ed25519', false, ['verify']);
    return true;
  } catch (error) {
    // That these bytes are no key is said by those who know what one is.
    return error instanceof DOMException && error.name === 'DataError';
  }
}

/**
 * `none` when this key has not signed the note; one bad signature by it spoils the note.
 * @param {string} note @param {Key} key @returns {Promise<'good' | 'bad' | 'none'>}
 */
export async function signatureOf(note, key) {
  const split = note.lastIndexOf('\n\n');
  const signatures = note
    .slice(split + 2)
    .split('\n')
    .flatMap(readSignature)
    .filter(({ name, id }) => name === key.name && id === key.id);
  if (split < 0 || signatures.length === 0) return 'none';
  for (const { bytes } of signatures)
    if (!(await isSignature(key, note.slice(0, split + 1), bytes))) return 'bad';
  return 'good';
}

/** @param {string} line */
function readSignature(line) {
  const [dash, name, encoded] = line.split(' ');
  if (dash !== '—' || name === undefined || encoded === undefined) return [];
  const bytes = exactBase64(encoded);
  if (bytes === null) return [];
  return [{ name, id: hexOf(bytes.subarray(0, 4)), bytes: bytes.subarray(4) }];
}
