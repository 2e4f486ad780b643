import { createHash } from 'node:crypto';
import { canonicalText } from '../audit/canonical-text.ts';
import { repairText } from '../audit/plain-text.ts';

/*
 * What a key signs when it signs more than one yes, or something else than a yes: a list of words about questions. What
 * was signed is kept with the list, so whoever looks later sees whether theirs is in it.
 */

/** Stored and signed: renaming a field makes what is stored unverifiable. */
export type SignedWord = {
  approval: string;
  /** `sha256:…` of the question with its terms. */
  digest: string;
  decision: 'approve' | 'break-glass';
  /** `sha256:…` of the reason, where that is part of what is answered for. */
  reason?: string;
};

/** Signed evidence begins with it. */
const prefix = 'soar-approvals/v2\n';

/** In the one order that they are signed in: that in which they were ticked says nothing. */
export function inOrder(words: readonly SignedWord[]): SignedWord[] {
  return [...words].sort((one, other) => (one.approval < other.approval ? -1 : 1));
}

/** SHA-256 over RFC 8785 of the list. */
export function digestOfWords(words: readonly SignedWord[]): string {
  return hashText(canonicalText(words));
}

/** SHA-256(prefix || nonce || digest), as `approvalChallenge` has it for one. */
export function wordsChallenge(nonce: Uint8Array, digest: string): Buffer {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined || nonce.length !== 32) throw new Error('no digest or no nonce to sign');
  return createHash('sha256').update(prefix).update(nonce).update(Buffer.from(hex, 'hex')).digest();
}

/** What somebody alone said why they could not wait, as its entry has it. */
export function reasonHash(reason: string): string {
  return hashText(repairText(reason.trim()));
}

/** Whether this very word is in the list, and nothing else is said there about its question. */
export function isAmong(
  words: readonly SignedWord[],
  { approval, digest, decision, reason }: SignedWord,
): boolean {
  const about = words.filter((word) => word.approval === approval);
  const [word] = about;
  return (
    about.length === 1 && word?.digest === digest && word.decision === decision && word.reason === reason
  );
}

function hashText(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
}
