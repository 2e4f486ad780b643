import type { IncidentItem } from '../../engine/runtime/read/list-incidents.ts';
import { data } from './data.ts';
import { type Html, html } from './html.ts';
import { incidentState, verdictOf } from './incident-words.ts';
import { incidentLink } from './links.ts';
import { severity } from './states.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

export function incidentList(view: View, items: readonly IncidentItem[]): Html {
  return table<IncidentItem>(
    'Incidents',
    [
      { head: 'Severity', cell: (incident) => severity(incident.severity) },
      { head: 'Incident', cell: (incident) => incidentLink(view, incident) },
      { head: 'Waits for', cell: waitsFor },
      { head: 'Contained', cell: ({ contained }) => contained > 0 && html`<strong>${contained}</strong>` },
      { head: 'Alerts', cell: ({ alerts }) => alerts },
      {
        head: 'State',
        cell: (incident) => [
          incidentState(incident.status),
          incident.classification !== 'unknown' &&
            html` <span class="dim">${verdictOf(incident.classification)}</span>`,
        ],
      },
      { head: 'Owner', cell: ({ owner }) => owner !== null && data(owner) },
      { head: 'Began', cell: ({ createdAt }) => moment(createdAt, view.nowMs) },
    ],
    items,
    ({ id }) => id,
  );
}

/** Whom it waits for: people with a question, or with an effect that nobody knows about. */
function waitsFor({ pendingApprovals, openTasks }: IncidentItem): string {
  return [
    ...(pendingApprovals > 0 ? [`a person: ${counted(pendingApprovals, 'question')}`] : []),
    ...(openTasks > 0 ? [`a person: ${openTasks} unknown`] : []),
  ].join(', ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
