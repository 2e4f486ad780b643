import { createHash, createPublicKey, verify } from 'node:crypto';
import { canonicalText } from '../audit/canonical-text.ts';
import type { RelyingParty } from '../identity/relying-party.ts';
import { approvalChallenge } from './approval-challenge.ts';
import { digestOfWords, isAmong, type SignedWord, wordsChallenge } from './signed-words.ts';

/*
 * Did this person's key sign this digest? Answered from the evidence of a decision alone, without the database and
 * without the library that took it: what an auditor does with what they were given. The log says the rest: the
 * entry of the decision names who, the digest and the hash of the evidence, that of the key names whose it is.
 */

/** What a key signed. Stored: renaming a field makes what is stored unreadable. Bytes are base64url. */
export type Evidence = Signature &
  (
    | {
        v: 1;
        /** `sha256:…` of what was said yes to. */
        digest: string;
      }
    | {
        v: 2;
        /** In the order of `inOrder`. */
        words: SignedWord[];
      }
  );

interface Signature {
  nonce: string;
  credentialId: string;
  /** SubjectPublicKeyInfo (DER), which every crypto library reads. */
  publicKey: string;
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
}

export type EvidenceVerdict = { holds: true } | { holds: false; why: string };

/** RFC 8785, UTF-8. */
export function evidenceBytes(evidence: Evidence): Buffer {
  return Buffer.from(canonicalText(evidence), 'utf8');
}

/** How the log names evidence and keys. */
export function sha256Of(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Known without the evidence: from the log, and the address of the console. */
export interface Expected {
  digest: string;
  /** What the entry says of which question; absent: a yes to what the evidence itself is about. */
  word?: Omit<SignedWord, 'digest'>;
  /** As the entry says that the key was registered with. */
  publicKeyHash: string;
  party: RelyingParty;
}

export function checkEvidence(evidence: Evidence, expected: Expected): EvidenceVerdict {
  if (evidence.v !== 1 && evidence.v !== 2) return fails('it is of a version that is not known here');
  try {
    return check(evidence, expected);
  } catch {
    // A key, a nonce or client data that is none: somebody wrote it by hand.
    return fails('it cannot be read');
  }
}

function check(evidence: Evidence, expected: Expected): EvidenceVerdict {
  const { publicKeyHash, party } = expected;
  const other = aboutAnother(evidence, expected);
  if (other !== null) return fails(other);
  const publicKey = bytesOf(evidence.publicKey);
  if (sha256Of(publicKey) !== publicKeyHash) return fails('it was signed with another key');
  return (
    checkClientData(evidence, party) ??
    checkAuthenticator(bytesOf(evidence.authenticatorData), party) ??
    (signatureHolds(evidence, publicKey) ? { holds: true } : fails('the signature does not hold'))
  );
}

/** Null when it is about what the entry says. */
function aboutAnother(evidence: Evidence, { digest, word }: Expected): string | null {
  if (evidence.v === 2)
    return word !== undefined && isAmong(evidence.words, { ...word, digest })
      ? null
      : 'what was decided is not among what was signed';
  if (word !== undefined && word.decision !== 'approve') return 'the key signed a yes, and not this';
  return evidence.digest === digest ? null : 'it is about another digest';
}

/** What the key was asked to sign. */
function challengeOf(evidence: Evidence): Buffer {
  const nonce = bytesOf(evidence.nonce);
  return evidence.v === 1
    ? approvalChallenge(nonce, evidence.digest)
    : wordsChallenge(nonce, digestOfWords(evidence.words));
}

function checkClientData(evidence: Evidence, party: RelyingParty) {
  const said = JSON.parse(bytesOf(evidence.clientDataJSON).toString('utf8')) as { [name: string]: unknown };
  if (said.type !== 'webauthn.get') return fails('the key was not asked to sign');
  if (said.challenge !== challengeOf(evidence).toString('base64url'))
    return fails('another challenge was signed');
  if (said.origin !== party.origin) return fails('it was signed on pages of another origin');
  return said.crossOrigin === true ? fails('it was signed inside pages of another site') : null;
}

/** SHA-256 of the relying party's id, one byte of flags, four of the counter. */
function checkAuthenticator(data: Buffer, party: RelyingParty) {
  if (data.length < 37) return fails('the data of the key is cut');
  if (!data.subarray(0, 32).equals(createHash('sha256').update(party.id).digest()))
    return fails('the key is one for another host');
  const flags = data[32] ?? 0;
  // User present, user verified.
  return (flags & 0x05) === 0x05 ? null : fails('the key did not make sure who held it');
}

function signatureHolds({ authenticatorData, clientDataJSON, signature }: Evidence, spki: Buffer): boolean {
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const clientHash = createHash('sha256').update(bytesOf(clientDataJSON)).digest();
  const signed = Buffer.concat([bytesOf(authenticatorData), clientHash]);
  return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', signed, key, bytesOf(signature));
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

function fails(why: string): { holds: false; why: string } {
  return { holds: false, why };
}
