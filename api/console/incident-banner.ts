import type { ContainedItem } from '../../engine/runtime/read/list-contained.ts';
import type { IncidentItem } from '../../engine/runtime/read/list-incidents.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { playbookLink, targetText } from './links.ts';
import { moment } from './times.ts';
import { may, type View } from './view.ts';

/** While something is contained for the incident: what, since when, until when, and what can be done about it. */
export function incidentBanner(
  view: View,
  incident: IncidentItem,
  holds: readonly ContainedItem[],
): Html | null {
  const [newest] = holds;
  if (newest === undefined) return null;
  const [only] = incident.contained === 1 ? holds : [];
  const mine = may(view, 'runs.undo');
  const renewable = only !== undefined && only.lease !== null && only.state === 'done';
  return html`<section class="notice warn" aria-label="Contained"><p>${icon('stop')}<strong>${
    only === undefined
      ? html`Contained: ${incident.contained} effects stand.`
      : html`Contained: ${targetText(only.target)}.`
  }</strong> ${only === undefined ? 'The newest one' : only.effect}, since ${moment(newest.since, view.nowMs)}, by ${playbookLink(view, newest.playbook)}. ${leases(view, incident, holds)}</p>
<p class="verbs"><a class="button" href="#contained">See what is contained</a>${
    mine &&
    renewable &&
    html` <a class="button" href="${view.to(`/undo/${encodeURIComponent(only.id)}#renew`)}">Renew</a>`
  }${mine && html` <a class="button" data-shortcut="u" href="${view.to(`/incidents/${encodeURIComponent(incident.id)}/undo`)}">Take back the whole incident</a>`}</p></section>`;
}

/** Nothing is said of leases that are not among those shown. */
function leases(view: View, { contained }: IncidentItem, holds: readonly ContainedItem[]): Html | null {
  if (holds.length < contained) return null;
  const ends = holds.flatMap(({ lease }) => (lease === null ? [] : [lease.until])).sort();
  const [first] = ends;
  if (first === undefined) return html`No lease ends ${contained === 1 ? 'it' : 'them'}.`;
  return html`${contained === 1 ? 'Its lease ends' : 'The first lease ends'} ${moment(first, view.nowMs)}.`;
}
