import type { OrderRole } from '../../../engine/core/audit/signed-order.ts';
import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import type { OrderProof } from '../../../engine/runtime/identity/prove-order.ts';
import type { OrderAnswer } from '../../../engine/runtime/order-audit.ts';
import { doorOf } from '../../http/door-of.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { AuditWish, Refusal } from '../../http/use-cases.ts';
import type { Asked } from '../asked.ts';
import type { Form } from '../read-form.ts';
import type { Reply, View } from '../view.ts';
import { showLog } from './log-page.ts';
import { orderStep } from './sign-order.ts';

/* What two people order about the log: one proposes and signs, another one confirms by signing. */

export async function proposeNewLog(view: View, { form }: Asked): Promise<Reply> {
  const reason = (form('reason') ?? '').trim();
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  if (reason === '') return showLog(view, { reason, wrong: 'Say why this database goes on.', status: 422 });
  const wish = { kind: 'incarnation', oldKey: form('oldKey') === 'lost' ? 'lost' : 'good' } as const;
  return propose(view, wish, reason, reason);
}

export async function proposeGivingUp(view: View, { form }: Asked): Promise<Reply> {
  const [place, reason] = [(form('place') ?? '').trim(), (form('placeReason') ?? '').trim()];
  if (reason.length > 1000 || place.length > 1000)
    throw new Problem('request/invalid', 'A reason and a name have at most 1,000 characters.');
  const draft = { reason: '', status: 422 };
  if (place === '' || reason === '')
    return showLog(view, { ...draft, wrong: 'Choose the place and say why it does not come back.' });
  return propose(view, { kind: 'place', place }, reason, '');
}

async function propose(view: View, wish: AuditWish, reason: string, kept: string): Promise<Reply> {
  const answer = await view.deps.useCases.proposeAuditOrder(view.caller, { wish, reason });
  if (!answer.ok) return refused(view, 'Nothing was proposed', answer, kept);
  const step = answer.toSign ? await stepFor(view, answer.digest) : null;
  return step ?? { redirect: '/audit/log' };
}

/** Before the key is asked: what is signed is shown once more. */
export async function proveOrder(view: View, { form }: Asked): Promise<Reply> {
  return (await stepFor(view, digestIn(form))) ?? { redirect: '/audit/log' };
}

async function stepFor(view: View, digest: string): Promise<Reply | null> {
  const { orders } = await view.deps.read.readLogState(view.deps.tenant);
  const order = orders.find((each) => each.digest === digest && each.state === 'proposed');
  if (order === undefined)
    return showLog(view, { reason: '', wrong: 'This is not proposed any more.', status: 409 });
  return orderStep(view, order);
}

export async function signOrder(view: View, { form }: Asked): Promise<Reply> {
  const digest = digestIn(form);
  const proof = await readOrderProof(view, digest, 'proposer', form);
  if (proof === null) return { redirect: '/audit/log' };
  if ('ok' in proof) return refused(view, 'Nothing was signed', proof);
  const answer = await view.deps.useCases.signAuditOrder(view.caller, { digest }, proof);
  return answer.ok ? { redirect: '/audit/log' } : refused(view, 'Nothing was signed', answer);
}

export async function confirmOrder(view: View, { form }: Asked): Promise<Reply> {
  const digest = digestIn(form);
  const proof = await readOrderProof(view, digest, 'confirmer', form);
  if (proof !== null && 'ok' in proof) return refused(view, 'Nothing was confirmed', proof);
  const answer = await view.deps.useCases.confirmAuditOrder(view.caller, { digest }, proof);
  return answer.ok ? { redirect: '/audit/log' } : refused(view, 'Nothing was confirmed', answer);
}

function digestIn(form: Form): string {
  const digest = form('digest') ?? '';
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Problem('approval/precondition-required');
  return digest;
}

/** The answer of a passkey, checked; null when none came. It is used up, whatever follows. */
async function readOrderProof(
  view: View,
  digest: string,
  role: OrderRole,
  form: Form,
): Promise<OrderProof | Refusal | null> {
  const answer = form('answer');
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId } = view.caller;
  if (answer === undefined || party === null || personId === null) return null;
  const use = { answer, party, browsers: [view.csrf] };
  const proven = await view.deps.identity.proveOrder(doorOf(view.caller), { personId, digest, role }, use);
  return proven.ok ? proven.proof : proven;
}

function refused(
  view: View,
  what: string,
  { detail, code }: Refusal | Extract<OrderAnswer, { ok: false }>,
  reason = '',
): Promise<Reply> {
  return showLog(view, { reason, wrong: `${what}: ${detail.replace(/\.$/, '')}.`, status: statusOf(code) });
}
