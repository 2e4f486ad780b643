import {
  checkEvidence,
  type Evidence,
  evidenceBytes,
  sha256Of,
} from '../../../engine/core/approval/check-evidence.ts';
import type { Entry } from '../../../engine/core/contracts/entry.ts';
import type { RelyingParty } from '../../../engine/core/identity/relying-party.ts';

/** One yes or no, as the log has it, and what became of its signature. */
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
  voted: readonly Entry[],
  created: readonly Entry[],
  evidence: readonly Evidence[],
  party: RelyingParty,
): SignedVote[] {
  const byHash = new Map(evidence.map((each) => [sha256Of(evidenceBytes(each)), each]));
  const signedBy = (entry: Entry) => byHash.get(String(entry.data?.evidence));
  const nonces = voted.map((entry) => nonceOf(signedBy(entry)));
  return voted.map((entry) => {
    const { evidence: hash, passkeyId: passkey, decision } = entry.data ?? {};
    const vote = {
      person: entry.actor.id,
      time: entry.time,
      decision: String(decision),
      passkey: typeof passkey === 'string' ? passkey : null,
    };
    if (hash === undefined) return { ...vote, verdict: 'unsigned', why: null };
    const signed = signedBy(entry);
    const twice = signed !== undefined && nonces.filter((each) => each === nonceOf(signed)).length > 1;
    const why = twice ? 'it was signed once and stands below two' : whyNot(entry, created, signed, party);
    return { ...vote, verdict: why === null ? 'holds' : 'fails', why };
  });
}

/** What a key was asked to sign is made of it, so one for two votes is one signature. By its bytes, in whichever spelling. */
function nonceOf(evidence: Evidence | undefined): string | null {
  return evidence === undefined ? null : Buffer.from(String(evidence.nonce), 'base64url').toString('hex');
}

function whyNot(
  { actor, data, planDigest }: Entry,
  created: readonly Entry[],
  evidence: Evidence | undefined,
  party: RelyingParty,
): string | null {
  if (evidence === undefined) return 'the evidence that the log names is not there';
  const key = created.find((entry) => entry.data?.passkeyId === data?.passkeyId);
  if (key === undefined) return 'the log does not say that this key was registered';
  if (key.data?.personId !== actor.id || key.actor.id !== actor.id)
    return 'the key was registered by or for somebody else';
  const publicKeyHash = String(key.data?.publicKey);
  const verdict = checkEvidence(evidence, { digest: planDigest ?? '', publicKeyHash, party });
  return verdict.holds ? null : verdict.why;
}
