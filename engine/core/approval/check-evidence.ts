import { createHash } from 'node:crypto';
import { canonicalText } from '../audit/canonical-text.ts';
import { type Assertion, bytesOf, whyNotSigned } from '../identity/check-assertion.ts';
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

interface Signature extends Assertion {
  nonce: string;
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
  if (sha256Of(bytesOf(evidence.publicKey)) !== publicKeyHash) return fails('it was signed with another key');
  const why = whyNotSigned(evidence, challengeOf(evidence), party);
  return why === null ? { holds: true } : fails(why);
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

function fails(why: string): { holds: false; why: string } {
  return { holds: false, why };
}
