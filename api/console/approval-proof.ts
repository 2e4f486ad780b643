import type { PasskeyProof } from '../../engine/core/approval/passkey-proof.ts';
import { inOrder, reasonHash, type SignedWord } from '../../engine/core/approval/signed-words.ts';
import { relyingPartyOf } from '../../engine/core/identity/relying-party.ts';
import type { PasskeyUse } from '../../engine/runtime/identity/use-passkey.ts';
import type { ApprovalId, PersonId } from '../../schemas/ids.ts';
import { doorOf } from '../http/door-of.ts';
import type { Refusal } from '../http/use-cases.ts';
import type { Pick } from './picks.ts';
import type { Form } from './read-form.ts';
import type { View } from './view.ts';

/** A yes to each of those that were ticked. */
export function wordsOf(picks: readonly Pick[]): SignedWord[] {
  return inOrder(
    picks.map(({ id, digest }) => ({ approval: id, digest: digest ?? '', decision: 'approve' })),
  );
}

/** What somebody answers for who decides alone. */
export function glassWordOf(approval: string, digest: string, reason: string): SignedWord {
  return { approval, digest, decision: 'break-glass', reason: reasonHash(reason) };
}

/** The answer of a passkey that came with a decision, checked; null when none did. It is used up, whatever follows. */
export async function readProof(
  view: View,
  { approvalId, digest }: { approvalId: string; digest: string },
  form: Form,
): Promise<PasskeyProof | Refusal | null> {
  const use = useOf(view, form);
  if (use === null) return null;
  const about = { personId: use.personId, approvalId: approvalId as ApprovalId, digest };
  const proven = await view.deps.identity.proveApproval(doorOf(view.caller), about, use);
  return proven.ok ? proven.proof : proven;
}

/** The same for a list of words. */
export async function readWordsProof(
  view: View,
  words: SignedWord[],
  form: Form,
): Promise<PasskeyProof | Refusal | null> {
  const use = useOf(view, form);
  if (use === null) return null;
  const proven = await view.deps.identity.proveWords(
    doorOf(view.caller),
    { personId: use.personId, words },
    use,
  );
  return proven.ok ? proven.proof : proven;
}

function useOf(view: View, form: Form): (PasskeyUse & { personId: PersonId }) | null {
  const answer = form('answer');
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId } = view.caller;
  if (answer === undefined || party === null || personId === null) return null;
  return { answer, party, browsers: [view.csrf], personId };
}
