import { othersOf, type Present } from '../../engine/core/outward/presence.ts';
import { nameData } from './data.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/**
 * Who else has a question open, or had it lately. Of nobody nothing is said, as nobody may be known of.
 *
 * @param namedMax more names say nothing more: one is not alone with it
 */
export function otherPeople(view: View, present: readonly Present[], namedMax = 3): Html | null {
  const others = othersOf(present, view.caller.personId);
  if (others.length === 0) return null;
  const rest = others.length - namedMax;
  const named = others.slice(0, namedMax).map((each, n) => html`${n > 0 && ' · '}${presentOf(view, each)}`);
  return html`<p class="small">${icon('dot')}${named}${rest > 0 && html` · and ${rest} ${rest === 1 ? 'other' : 'others'}`}</p>`;
}

function presentOf(view: View, { name, since, seen, open }: Present): Html {
  const who = html`<strong>${nameData(name)}</strong>`;
  return open
    ? html`${who} opened this ${moment(since, view.nowMs)}`
    : html`${who} had this open ${moment(seen, view.nowMs)}`;
}
