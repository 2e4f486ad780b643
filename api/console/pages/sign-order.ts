import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import { purposeOf } from '../../../engine/runtime/identity/prove-order.ts';
import type { OrderItem } from '../../../engine/runtime/read/read-log-state.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { hiddenField } from '../hidden-field.ts';
import { html } from '../html.ts';
import { icon } from '../icons.ts';
import { passkeyStep } from '../passkey-step.ts';
import type { PageReply, View } from '../view.ts';
import { subjectOf, termsOf } from './log-orders.ts';

/**
 * Whoever proposed an order about the log, or confirms it, signs it with their passkey. Records nothing; null where
 * they have none, or browsers give none to this address.
 */
export async function orderStep(view: View, order: OrderItem): Promise<PageReply | null> {
  const party = relyingPartyOf(view.deps.publicUrl);
  const { personId } = view.caller;
  if (party === null || personId === null || !view.hasPasskey) return null;
  const { digest, terms, proposedBy } = order;
  const mine = order.proposedById === personId;
  const kind = purposeOf[mine ? 'proposer' : 'confirmer'];
  return passkeyStep({
    title: mine ? 'Sign what you proposed with your passkey' : 'Confirm it with your passkey',
    section: 'audit',
    lead: html`<p><strong>${subjectOf(order)}.</strong> ${!mine && html`Proposed by ${proposedBy}. `}${marked(terms.reason)}</p>${termsOf(order)}
<p class="small">Your passkey signs exactly this, as ${mine ? 'the one who proposed it' : 'the one who confirms it'}: <code class="wrap">${digest}</code></p>`,
    ask: 'get',
    options: await view.deps.identity.askForPasskey({ kind, personId, digest }, view.csrf, party),
    action: view.to(`/audit/log/${mine ? 'sign' : 'confirm'}`),
    fields: html`${csrfField(view)}${hiddenField('digest', digest)}`,
    otherwise: html`<p><a href="${view.to('/audit/log')}">${icon('back')}Back without signing</a></p>`,
  });
}
