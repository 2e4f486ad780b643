import type { LogState, PlaceItem } from '../../../engine/runtime/read/read-log-state.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { freshness } from '../freshness.ts';
import { type Html, html } from '../html.ts';
import { tag } from '../states.ts';
import { table } from '../table.ts';
import { moment } from '../times.ts';
import { may, type View } from '../view.ts';

/** Where the log stands outside of the database; the first of two people proposes here that one is given up. */
export function placesOf(view: View, { places, hold, orders }: LogState): Html | null {
  if (places.length === 0) return null;
  const left = places.filter(({ givenUpAt }) => givenUpAt === null);
  const asked = orders.some(({ terms }) => terms.kind === 'place');
  return html`<section><h2>Places outside</h2>
${table(
  'What nobody who owns this database can change',
  [
    { head: 'Place', cell: ({ place }) => html`<span class="wrap">${place}</span>` },
    { head: 'Entries', cell: ({ size }) => String(size) },
    {
      head: 'Brought last',
      cell: ({ carriedAt }) => (carriedAt === null ? null : moment(carriedAt, view.nowMs)),
    },
    { head: 'State', cell: (place) => stateOf(view, place) },
  ],
  places,
)}
${hold === null && !asked && left.length > 0 && may(view, 'audit.repair') && form(view, left)}</section>`;
}

function stateOf(view: View, { givenUpAt, failingSince, problem }: PlaceItem): Html {
  if (givenUpAt !== null) return html`Given up ${moment(givenUpAt, view.nowMs)}`;
  if (failingSince === null) return html`${tag(['Answers', 'check', 'good'], '')}`;
  return html`${tag(['Away', 'warn', 'bad'], '')} ${moment(failingSince, view.nowMs)}<p class="small">${marked(problem ?? '')}</p>`;
}

function form(view: View, places: readonly PlaceItem[]): Html {
  return html`<details><summary>Give a place up</summary>
<p>A place that is gone for ever is waited for until two people give it up. Nobody asks it any more after that, also when it comes back; a new one needs another name.</p>
${freshness(view, '/audit/log')}<form method="post" action="${view.to('/audit/log/place')}">${csrfField(view)}
<div class="fields"><label for="place">Place</label>
<select id="place" name="place" required>${places.map(({ place }) => html`<option value="${place}">${place}</option>`)}</select>
<label for="placeReason">Why it does not come back (required)</label>
<textarea id="placeReason" name="placeReason" rows="2" maxlength="1000" required></textarea></div>
<button>Propose to give it up</button></form></details>`;
}
