import { createHash } from 'node:crypto';

/** Signed evidence begins with it: changing it makes what is stored unverifiable. */
const prefix = 'soar-approval/v1\n';

/**
 * What a key signs when a person approves: SHA-256(prefix || nonce || digest), 32 bytes each. The digest is that of
 * the question with its terms, so the signature counts for these terms and for no others (facts 2.3, 9).
 *
 * @param digest `sha256:…` as the card shows it
 */
export function approvalChallenge(nonce: Uint8Array, digest: string): Buffer {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined || nonce.length !== 32) throw new Error('no digest or no nonce to sign');
  return createHash('sha256').update(prefix).update(nonce).update(Buffer.from(hex, 'hex')).digest();
}
