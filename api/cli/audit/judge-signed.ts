import {
  checkEvidence,
  type Evidence,
  evidenceBytes,
  sha256Of,
} from '../../../engine/core/approval/check-evidence.ts';
import { reasonHash, type SignedWord } from '../../../engine/core/approval/signed-words.ts';
import { type Placed, whyNotStanding } from '../../../engine/core/audit/key-standing.ts';
import type { Entry } from '../../../engine/core/contracts/entry.ts';
import type { RelyingParty } from '../../../engine/core/identity/relying-party.ts';

/** One yes, no or decision alone, as the log has it, and what became of its signature. */
export interface SignedVote {
  person: string;
  time: string;
  decision: string;
  passkey: string | null;
  /** `unsigned`: the log names no evidence, as for a decision that was made with a fresh sign-in. */
  verdict: 'holds' | 'unsigned' | 'fails';
  why: string | null;
}

/**
 * Holds what the server hands over as evidence against the entries of the log: the decision's says who, the digest and
 * the hash of the evidence; the one about the key says whose it is and the hash of its public key. Who took a yes back
 * signs the next one anew.
 */
export function judgeSigned(
  voted: readonly Placed[],
  keys: { created: readonly Placed[]; ended: readonly Placed[] },
  evidence: readonly Evidence[],
  party: RelyingParty,
): SignedVote[] {
  const byHash = new Map(evidence.map((each) => [sha256Of(evidenceBytes(each)), each]));
  const signedBy = (entry: Entry) => byHash.get(String(entry.data?.evidence));
  const nonces = voted.map(({ entry }) => nonceOf(signedBy(entry)));
  return voted.map((placed) => {
    const { entry } = placed;
    const { evidence: hash, passkeyId: passkey } = entry.data ?? {};
    const vote = {
      person: entry.actor.id,
      time: entry.time,
      decision: decisionOf(entry),
      passkey: typeof passkey === 'string' ? passkey : null,
    };
    if (hash === undefined) return { ...vote, verdict: 'unsigned', why: null };
    const signed = signedBy(entry);
    const twice = signed !== undefined && nonces.filter((each) => each === nonceOf(signed)).length > 1;
    const why = twice ? 'it was signed once and stands below two' : whyNot(placed, keys, signed, party);
    return { ...vote, verdict: why === null ? 'holds' : 'fails', why };
  });
}

/** What a key was asked to sign is made of it, so one for two votes is one signature. By its bytes, in whichever spelling. */
function nonceOf(evidence: Evidence | undefined): string | null {
  return evidence === undefined ? null : Buffer.from(String(evidence.nonce), 'base64url').toString('hex');
}

function decisionOf({ type, data }: Entry): string {
  return type === 'approval.break-glass' ? 'break-glass' : String(data?.decision);
}

/** A long reason is cut in its entry, which then says the digest of all of it. */
function reasonsOf({ reason = '' }: Entry): string[] {
  const cut = /…\[cut from \d+ bytes, (sha256:[0-9a-f]{64})\]$/.exec(reason)?.[1];
  return [reasonHash(reason), ...(cut === undefined ? [] : [cut])];
}

/** What has to be among what was signed; one of several when the entry does not say which. */
function wordsFor(entry: Entry): Omit<SignedWord, 'digest'>[] {
  const approval = String(entry.approvalId);
  if (entry.type !== 'approval.break-glass') return [{ approval, decision: 'approve' }];
  return reasonsOf(entry).map((reason) => ({ approval, decision: 'break-glass', reason }));
}

function whyNot(
  vote: Placed,
  { created, ended }: { created: readonly Placed[]; ended: readonly Placed[] },
  evidence: Evidence | undefined,
  party: RelyingParty,
): string | null {
  if (evidence === undefined) return 'the evidence that the log names is not there';
  const { actor, data, planDigest } = vote.entry;
  if (data?.decision === 'deny') return 'a key signs a yes, and this is none';
  const key = created.find(({ entry }) => entry.data?.passkeyId === data?.passkeyId);
  if (key === undefined) return 'the log does not say that this key was registered';
  const { entry: registered } = key;
  if (registered.data?.personId !== actor.id || registered.actor.id !== actor.id)
    return 'the key was registered by or for somebody else';
  const expected = { digest: planDigest ?? '', publicKeyHash: String(registered.data?.publicKey), party };
  const verdicts = wordsFor(vote.entry).map((word) => checkEvidence(evidence, { ...expected, word }));
  const [first] = verdicts;
  if (first?.holds === false && !verdicts.some(({ holds }) => holds)) return first.why;
  return whyNotStanding(vote, key, ended, String(data?.passkeyId));
}
