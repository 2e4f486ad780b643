import { createHash } from 'node:crypto';
import { sha256Of } from '../approval/check-evidence.ts';
import { type Assertion, bytesOf, whyNotSigned } from '../identity/check-assertion.ts';
import { canonicalText } from './canonical-text.ts';

/*
 * What the two people of an order about the log sign with their passkeys: the digest of its terms, and as which of the
 * two. Two orders never have the same digest (the terms say who proposed and when, and the database takes each once),
 * so the digest is what names the order, and no signature counts for another one.
 */

export const orderRoles = ['proposer', 'confirmer'] as const;
export type OrderRole = (typeof orderRoles)[number];

/** Stands whole in the entry of who signed. Stored: renaming a field makes what is stored unreadable. */
export interface OrderEvidence extends Assertion {
  v: 1;
  /** `sha256:…` of the terms. */
  order: string;
  role: OrderRole;
  /** 32 bytes, base64url. */
  nonce: string;
}

/** Somebody whose word about the log counts, as the host of the sequencer is told. */
export interface OrderSigner {
  personId: string;
  /** `sha256:…` of the SubjectPublicKeyInfo of their passkey. */
  publicKey: string;
}

/** Signed evidence begins with it: changing it makes what is stored unverifiable. */
const prefix = 'soar-order/v1\n';

/** SHA-256(prefix || role || LF || nonce || digest), both 32 bytes. */
export function orderChallenge(nonce: Uint8Array, order: string, role: OrderRole): Buffer {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(order)?.[1];
  if (hex === undefined || nonce.length !== 32) throw new Error('no digest or no nonce to sign');
  const hash = createHash('sha256').update(`${prefix}${role}\n`);
  return hash.update(nonce).update(Buffer.from(hex, 'hex')).digest();
}

/** RFC 8785. */
export function encodeOrderEvidence(evidence: OrderEvidence): string {
  return canonicalText(evidence);
}

/** Null when it is not what `encodeOrderEvidence` writes. */
export function readOrderEvidence(text: string): OrderEvidence | null {
  try {
    const evidence = JSON.parse(text) as OrderEvidence;
    return isOrderEvidence(evidence) && canonicalText(evidence) === text ? evidence : null;
  } catch {
    return null;
  }
}

const bytesInText = /^[A-Za-z0-9_-]+$/;

export function isOrderEvidence(value: unknown): value is OrderEvidence {
  if (typeof value !== 'object' || value === null) return false;
  const { v, order, role, nonce, ...assertion } = value as { [name: string]: unknown };
  const { credentialId, publicKey, authenticatorData, clientDataJSON, signature, ...rest } = assertion;
  const texts = [nonce, credentialId, publicKey, authenticatorData, clientDataJSON, signature];
  return (
    v === 1 &&
    typeof order === 'string' &&
    orderRoles.some((known) => known === role) &&
    Object.keys(rest).length === 0 &&
    texts.every((text) => typeof text === 'string' && bytesInText.test(text))
  );
}

/** How the log names the key that signed. */
export function keyOf(evidence: OrderEvidence): string {
  return sha256Of(bytesOf(evidence.publicKey));
}

/** Null when the key that it names has signed exactly this order as exactly this one of the two. */
export function whyNotSignedAs(
  evidence: OrderEvidence,
  { order, role }: { order: string; role: OrderRole },
): string | null {
  if (evidence.order !== order) return 'it is about another order';
  if (evidence.role !== role) return 'it was signed as the other one of the two';
  try {
    return whyNotSigned(evidence, orderChallenge(bytesOf(evidence.nonce), order, role), null);
  } catch {
    // A key, a nonce or client data that is none: somebody wrote it by hand.
    return 'it cannot be read';
  }
}
