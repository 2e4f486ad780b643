import type { HeldRequest } from '../../engine/runtime/read/list-held.ts';
import { marked } from './data.ts';
import { type Html, html } from './html.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** One line per budget that is used up, however much waits for it. */
export function heldList(view: View, held: readonly HeldRequest[]): Html | null {
  if (held.length === 0) return null;
  return html`<ul class="questions">${held.map(
    (
      each,
    ) => html`<li class="contain"><a href="${heldAddress(view, each.budget)}"><strong>${each.waiting} ${each.waiting === 1 ? 'action waits' : 'actions wait'}: ${marked(each.reason)}</strong></a>
<p>${each.targets} ${each.targets === 1 ? 'target' : 'targets'} · ${each.actions.join(', ')}</p>
<p class="small dim">The budget <code class="wrap">${each.budget}</code> is used up · first one expires ${moment(each.expiresAt, view.nowMs)}</p></li>`,
  )}</ul>`;
}

export function heldAddress(view: View, budget: string): string {
  return view.to(`/held?budget=${encodeURIComponent(budget)}`);
}
