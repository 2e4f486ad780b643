import { createHash, createPublicKey, verify } from 'node:crypto';
import { type RelyingParty, relyingPartyOf } from './relying-party.ts';

/*
 * Did this key sign this challenge, asked by a page of ours, with its person there? Answered from bytes alone, without
 * the database and without the library that took them.
 */

/** What a key answered. Stored: renaming a field makes what is stored unreadable. Bytes are base64url. */
export interface Assertion {
  credentialId: string;
  /** SubjectPublicKeyInfo (DER), which every crypto library reads. */
  publicKey: string;
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
}

/**
 * Null when it did. Throws at what somebody wrote by hand.
 * @param party null: whose pages asked is what was signed says, as a key is for one host and answers no other
 */
export function whyNotSigned(
  assertion: Assertion,
  challenge: Buffer,
  party: RelyingParty | null,
): string | null {
  const said = JSON.parse(bytesOf(assertion.clientDataJSON).toString('utf8')) as { [name: string]: unknown };
  const asking = party ?? relyingPartyOf(String(said.origin));
  if (asking === null) return 'it was signed on pages that no key is made for';
  return (
    wrongClientData(said, challenge, asking) ??
    wrongAuthenticator(bytesOf(assertion.authenticatorData), asking) ??
    (signatureHolds(assertion) ? null : 'the signature does not hold')
  );
}

function wrongClientData(said: { [name: string]: unknown }, challenge: Buffer, party: RelyingParty) {
  if (said.type !== 'webauthn.get') return 'the key was not asked to sign';
  if (said.challenge !== challenge.toString('base64url')) return 'another challenge was signed';
  if (said.origin !== party.origin) return 'it was signed on pages of another origin';
  return said.crossOrigin === true ? 'it was signed inside pages of another site' : null;
}

/** SHA-256 of the relying party's id, one byte of flags, four of the counter. */
function wrongAuthenticator(data: Buffer, party: RelyingParty) {
  if (data.length < 37) return 'the data of the key is cut';
  if (!data.subarray(0, 32).equals(createHash('sha256').update(party.id).digest()))
    return 'the key is one for another host';
  const flags = data[32] ?? 0;
  // User present, user verified.
  return (flags & 0x05) === 0x05 ? null : 'the key did not make sure who held it';
}

function signatureHolds({ publicKey, authenticatorData, clientDataJSON, signature }: Assertion): boolean {
  const key = createPublicKey({ key: bytesOf(publicKey), format: 'der', type: 'spki' });
  const clientHash = createHash('sha256').update(bytesOf(clientDataJSON)).digest();
  const signed = Buffer.concat([bytesOf(authenticatorData), clientHash]);
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, key, bytesOf(signature));
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
