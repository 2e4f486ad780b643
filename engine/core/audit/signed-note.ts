import { decodeBase64, isKeyName, isSignedBy, keyTypes, type VerifierKey } from './verifier-key.ts';

/*
 * C2SP signed-note: a text that ends in a line feed, an empty line, and signature lines
 * `— <key name> <base64(key id || signature)>`. What comes in is an attacker's until a signature holds:
 * names and ids are compared as they are.
 */

export interface NoteSignature {
  name: string;
  id: number;
  signature: Uint8Array;
}

export interface Note {
  text: string;
  signatures: NoteSignature[];
}

/** The specification asks for at least 16. More would be a way to keep a verifier busy. */
const signaturesMax = 64;
const noteBytesMax = 64 * 1024;

export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

export function formatSignature({ name, id, signature }: NoteSignature): string {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(id);
  return `— ${name} ${Buffer.concat([head, signature]).toString('base64')}\n`;
}

/** Splits at the last empty line. Null when it is no note. */
export function parseNote(note: string): Note | null {
  if (Buffer.byteLength(note, 'utf8') > noteBytesMax || hasControlCharacter(note)) return null;
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return null;
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) return null;
  const signatures = lines.map(parseSignature);
  if (signatures.some((each) => each === null)) return null;
  return { text: note.slice(0, split + 1), signatures: signatures as NoteSignature[] };
}

function parseSignature(line: string): NoteSignature | null {
  const [dash, name, encoded, ...rest] = line.split(' ');
  if (dash !== '—' || name === undefined || encoded === undefined || rest.length > 0) return null;
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes === null || bytes.length < 5) return null;
  return { name, id: bytes.readUInt32BE(0), signature: bytes.subarray(4) };
}

/** Only the line feed is allowed. */
function hasControlCharacter(text: string): boolean {
  return /(?!\n)\p{Cc}/u.test(text);
}

export type NoteVerdict =
  | { ok: true; note: Note; by: VerifierKey[]; cosignedAt: { [name: string]: number } }
  | { ok: false; why: string };

/**
 * Signatures by keys that are not known are ignored; a known key with a wrong signature spoils the
 * whole note; without any known signature it is worth nothing.
 */
export function verifyNote(text: string, keys: readonly VerifierKey[]): NoteVerdict {
  const note = parseNote(text);
  if (note === null) return { ok: false, why: 'it is not a signed note' };
  const by: VerifierKey[] = [];
  const cosignedAt: { [name: string]: number } = Object.create(null);
  for (const each of note.signatures) {
    const key = keys.find((known) => known.name === each.name && known.id === each.id);
    if (key === undefined) continue;
    const checked = checkSignature(key, note.text, each.signature);
    if (checked === null) return { ok: false, why: `the signature of ${key.name} does not fit` };
    if (checked.cosignedAt !== null) cosignedAt[key.name] = checked.cosignedAt;
    if (!by.includes(key)) by.push(key);
  }
  return by.length === 0
    ? { ok: false, why: 'no known key has signed it' }
    : { ok: true, note, by, cosignedAt };
}

function checkSignature(
  key: VerifierKey,
  text: string,
  signature: Uint8Array,
): { cosignedAt: number | null } | null {
  if (key.type === keyTypes.ed25519) {
    return isSignedBy(key, Buffer.from(text), signature) ? { cosignedAt: null } : null;
  }
  if (signature.length !== 72) return null;
  const seconds = Buffer.from(signature.subarray(0, 8)).readBigUInt64BE(0);
  if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  const message = cosignedMessage(Number(seconds), text);
  return isSignedBy(key, message, signature.subarray(8)) ? { cosignedAt: Number(seconds) } : null;
}

/** C2SP tlog-cosignature v1: what a witness signs. */
export function cosignedMessage(seconds: number, text: string): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}
