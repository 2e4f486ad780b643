import type { HeldRequest } from '../../engine/runtime/read/list-held.ts';
import type { Page } from '../../engine/runtime/read/read-page.ts';
import { marked } from './data.ts';
import { exact, type Html, html } from './html.ts';
import { expiry } from './times.ts';
import type { View } from './view.ts';

/** One line per budget that is used up and per rule that asks about several, however much waits for it. */
export function heldList(view: View, held: Page<HeldRequest>): Html | null {
  if (held.items.length === 0) return null;
  return html`<ul class="questions" data-list="held">${held.items.map(
    (
      each,
    ) => html`<li class="contain" data-key="${exact(each.budget)}"><a href="${heldAddress(view, each.budget)}"><strong>${each.waiting} ${each.waiting === 1 ? 'action waits' : 'actions wait'}: ${marked(each.reason)}</strong></a>
<p>${each.targets} ${each.targets === 1 ? 'target' : 'targets'} · ${each.actions.join(', ')}</p>
<p class="small dim">${heldBecause(each)} · first one: ${expiry({ ...each, standsStill: view.pause.active }, view.nowMs)}</p></li>`,
  )}</ul>${held.next !== null && html`<p>More follow when these are decided; <code>riposte held</code> lists all of them.</p>`}`;
}

export function heldBecause({ kind, budget }: Pick<HeldRequest, 'kind' | 'budget'>): Html {
  return kind === 'budget'
    ? html`The budget <code class="wrap">${budget}</code> is used up`
    : html`The guardrails ask about each of them (<code class="wrap">${budget}</code>)`;
}

export function heldAddress(view: View, budget: string): string {
  return view.to(`/held?budget=${encodeURIComponent(budget)}`);
}
