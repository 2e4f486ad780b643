import { createHash, createPublicKey, verify } from 'node:crypto';

/* C2SP signed-note, the keys: `<name>+<id>+<key>`, and what one of them has signed. */

export interface Key {
  text: string;
  name: string;
  id: string;
  publicKey: Buffer;
}

export function readKey(text: string): Key | null {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text.trim()) ?? [];
  if (name === undefined || id === undefined || encoded === undefined) return null;
  const bytes = Buffer.from(encoded, 'base64');
  const own = createHash('sha256').update(`${name}\n`).update(bytes).digest('hex').slice(0, 8);
  if (bytes.length !== 33 || bytes[0] !== 1 || own !== id) return null;
  return { text: text.trim(), name, id, publicKey: bytes.subarray(1) };
}

/** Ed25519. */
export function isSignature(key: Key, text: string, signature: Buffer): boolean {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.publicKey]);
  return verify(
    null,
    Buffer.from(text),
    createPublicKey({ key: der, format: 'der', type: 'spki' }),
    signature,
  );
}
