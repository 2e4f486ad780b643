import type { AccountEventItem } from '../../engine/runtime/identity/account-event.ts';
import { accountEventLine } from './account-words.ts';
import { csrfField } from './csrf.ts';
import { exact, type Html, html } from './html.ts';
import { icon } from './icons.ts';
import type { View } from './view.ts';

/** More would push the page itself out of sight. */
const shownMax = 3;

/** On every page, until its person has said something to it: what happened to their account. */
export function accountBar(view: View): Html | null {
  const { accountNews: news } = view;
  if (news.length === 0) return null;
  const shown = news.slice(0, shownMax);
  const rest = news.length > shown.length;
  const page = view.to('/settings/account');
  return html`<section class="notice warn account" aria-label="Your account"><p>${icon('warn')}<strong>This happened to your account.</strong> Was it you, or do you know of it?</p>
<ul class="plain">${shown.map((event) => html`<li>${accountEventLine(view, event)}</li>`)}</ul>${rest && html`<p><a href="${page}">And more that you have not looked at</a></p>`}
${inOrderForm(view, shown)} <p><a href="${page}">No, this was not me</a></p></section>`;
}

/** Of what is shown and of nothing else: what comes meanwhile is told on. */
export function inOrderForm(view: View, shown: readonly AccountEventItem[]): Html {
  return html`<form method="post" action="${view.to('/settings/account/in-order')}">${csrfField(view)}${shownField(shown)}<input type="hidden" name="back" value="${view.here}"><button>It is in order</button></form>`;
}

export function shownField(shown: readonly AccountEventItem[]): Html {
  return html`<input type="hidden" name="shown" value="${exact(shown.map(({ id }) => id).join(' '))}">`;
}
