import { relyingPartyOf } from '../../../engine/core/identity/relying-party.ts';
import type { LogState, OrderItem } from '../../../engine/runtime/read/read-log-state.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { freshness } from '../freshness.ts';
import { hiddenField } from '../hidden-field.ts';
import { type Html, html } from '../html.ts';
import { moment, momentOr } from '../times.ts';
import { may, type View } from '../view.ts';

/* What is proposed or ordered about the log, who has signed it, and what whoever looks at it can do. */

/** Whether both people have to sign. */
export function signing(view: View, { toSign }: Pick<LogState, 'toSign'>): boolean {
  return toSign || view.deps.ordersSigned === true;
}

export function ordered(view: View, order: OrderItem, toSign: boolean): Html {
  const { proposedBy, proposedAt, terms, digest } = order;
  return html`<section class="notice warn" aria-label="Ordered"><p><strong>${subjectOf(order)} is ${order.state === 'confirmed' ? 'ordered' : 'proposed'}.</strong>
By ${proposedBy} ${moment(proposedAt, view.nowMs)}: ${marked(terms.reason)}</p>
${termsOf(order)}
<p>Digest <code class="wrap">${digest}</code></p>
${next(view, order, toSign)}</section>`;
}

/** What is read before anybody says yes to it. */
export function termsOf({ terms }: OrderItem): Html {
  return html`${'doubt' in terms && terms.oldKey === 'lost' && html`<p>The old key is given up: it does not vouch for the new one.</p>`}
${terms.kind === 'truncation' && html`<p>Older than ${terms.retentionDays} days; kept in the archive <code class="wrap">${terms.archive}</code>.</p>`}
${terms.kind === 'place' && html`<p>Brought there: ${terms.carried} entries. ${terms.problem !== null && marked(terms.problem)} Once it is given up nobody asks it or waits for it any more; what it holds stays where it is.</p>`}`;
}

function next(view: View, order: OrderItem, toSign: boolean): Html | false {
  const { state, signed, lapsesAt } = order;
  if (state === 'confirmed') return confirmed(order);
  if (lapsesAt !== null && Date.parse(lapsesAt) <= view.nowMs)
    return html`<p>Nobody confirmed it within a day, so nobody can any more. Whoever still wants it proposes it again.</p>`;
  if (order.proposedById === view.caller.personId) return mine(view, order, toSign);
  if (!may(view, 'audit.repair')) return false;
  const act = `Confirm: ${verbOf(order)}`;
  if (!toSign)
    return html`${nobodySigns}${freshness(view, '/audit/log')}${form(view, 'confirm', order, act)}`;
  if (!signed.proposer)
    return html`<p>${order.proposedBy} has yet to sign it with their passkey; nobody can confirm it before.</p>`;
  return html`<p>${order.proposedBy} has signed it. You confirm it by signing it too.</p>${whyNoKey(view) ?? form(view, 'prove', order, act)}`;
}

function mine(view: View, order: OrderItem, toSign: boolean): Html {
  const ends = html`The proposal ends ${momentOr(order.lapsesAt, view.nowMs)}.`;
  if (toSign && !order.signed.proposer)
    return html`<p>You proposed it and have yet to sign it; nobody can confirm it before. ${ends}</p>${whyNoKey(view) ?? form(view, 'prove', order, 'Sign it with your passkey')}`;
  return html`${!toSign && nobodySigns}<p>You proposed it${order.signed.proposer && ' and signed it with your passkey'}. A second person has to read it here and confirm. ${ends}</p>`;
}

const nobodySigns = html`<p>Nobody who may order this has a passkey, so nobody signs it, and the log says so.</p>`;

function confirmed({ confirmedBy, waitsFor, signed }: OrderItem): Html {
  const hands = signed.proposer && signed.confirmer;
  return html`<p>Confirmed by ${confirmedBy ?? 'unknown'}. ${hands ? 'Both have signed it with their passkeys.' : 'It is not signed with the passkeys of both.'} ${waitsFor.length === 0 ? 'The sequencer does it now; if it does not run, start it.' : html`It waits until ${waitsFor.map((place) => html`<code class="wrap">${place}</code> `)}took what was signed since. One that is gone for good is given up by two people.`}</p>`;
}

/** What keeps whoever looks from signing. */
function whyNoKey(view: View): Html | null {
  if (relyingPartyOf(view.deps.publicUrl) === null)
    return html`<p>Browsers give no passkey to this address. Open the console by https and a name (<code>RIPOSTE_PUBLIC_URL</code>).</p>`;
  return view.hasPasskey
    ? null
    : html`<p>You have no passkey. <a href="${view.to('/settings/passkeys')}">Register one</a>, then come back.</p>`;
}

function form(view: View, to: 'confirm' | 'prove', { digest }: OrderItem, words: string): Html {
  return html`<form method="post" action="${view.to(`/audit/log/${to}`)}">${csrfField(view)}${hiddenField('digest', digest)}<button class="act">${words}</button></form>`;
}

export function subjectOf({ terms }: OrderItem): string {
  switch (terms.kind) {
    case 'incarnation':
      return 'A new log';
    case 'key':
      return 'A new key';
    case 'truncation':
      return `Removing the texts of entries ${terms.from} to ${terms.to - 1}`;
    case 'place':
      return `Giving up ${terms.place}`;
  }
}

function verbOf({ terms }: OrderItem): string {
  switch (terms.kind) {
    case 'incarnation':
      return 'begin a new log';
    case 'key':
      return 'change the key';
    case 'truncation':
      return 'remove these texts';
    case 'place':
      return 'give this place up';
  }
}
