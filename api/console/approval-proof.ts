import type { PasskeyProof } from '../../engine/core/approval/passkey-proof.ts';
import { relyingPartyOf } from '../../engine/core/identity/relying-party.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import type { Refusal } from '../http/use-cases.ts';
import type { Form } from './read-form.ts';
import type { View } from './view.ts';

/** The answer of a passkey that came with a decision, checked; null when none did. It is used up, whatever follows. */
export async function readProof(
  view: View,
  { approvalId, digest }: { approvalId: string; digest: string },
  form: Form,
): Promise<PasskeyProof | Refusal | null> {
  const answer = form('answer');
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId, kind, id, channel, requestId } = view.caller;
  if (answer === undefined || party === null || personId === null) return null;
  const proven = await view.deps.identity.proveApproval(
    { actor: { kind, id, channel }, requestId },
    { personId, approvalId: approvalId as ApprovalId, digest },
    { answer, party, browsers: [view.csrf] },
  );
  return proven.ok ? proven.proof : proven;
}
