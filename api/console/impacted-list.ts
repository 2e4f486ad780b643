import type { ImpactedItem } from '../../engine/runtime/read/list-impacted.ts';
import { factList } from './fact-list.ts';
import { type Html, html } from './html.ts';
import { incidentLink, playbookLink, runLink, targetWithId } from './links.ts';
import { undoState } from './states.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import { may, type View } from './view.ts';

/** What an incident is about, and what stands of it at this instant, by whichever run. */
export function impactedList(
  view: View,
  incident: string,
  items: readonly ImpactedItem[],
  storyOf: (item: ImpactedItem) => string,
): Html {
  return html`${table<ImpactedItem>(
    'Targets',
    [
      { head: 'Target', cell: (item) => targetWithId(item) },
      ...(may(view, 'values.read')
        ? [{ head: 'As last read', cell: (item: ImpactedItem) => asRead(view, item) }]
        : []),
      { head: 'Alerts', cell: ({ alerts }) => alerts },
      { head: 'Contained now', cell: ({ contained }) => contained.map((each) => held(view, incident, each)) },
      { head: 'Story', cell: (item) => html`<a href="${storyOf(item)}">What happened to it</a>` },
    ],
    items,
    ({ kind, id }) => `${kind}:${id}`,
  )}<p class="small dim">Targets are compared as they are written: an account under its address and under its object id has two lines.</p>`;
}

/** What decides how much care it wants. The rest is for cards and guards. */
const told = ['criticality', 'role', 'owner', 'enabled'];

/** Never a guess: what stands there was so at that moment, and what has been done to it since stands beside it. */
function asRead(view: View, { known }: ImpactedItem): Html {
  if (known === null) return html`<span class="dim">No run has read it.</span>`;
  const facts = Object.entries(known.facts).filter(
    ([name, value]) => told.includes(name) && value !== null && value !== '',
  );
  // Its system did not tell them, or a playbook hides them.
  const shown =
    facts.length === 0
      ? html`<span class="dim">None of this can be shown.</span>`
      : factList(Object.fromEntries(facts));
  return html`${shown}<p class="small dim">Read ${moment(known.readAt, view.nowMs)}</p>`;
}

function held(view: View, incident: string, each: ImpactedItem['contained'][number]): Html {
  const { id, effect, state, run, playbook, incidentId } = each;
  return html`<p><a href="${view.to(`/undo/${encodeURIComponent(id)}`)}">${effect}</a>${state !== 'done' && html` ${undoState(state)}`} by ${playbookLink(view, playbook)} ${runLink(view, run)}${
    incidentId !== null &&
    incidentId !== incident &&
    html`, of incident ${incidentLink(view, { id: incidentId })}`
  }</p>`;
}
