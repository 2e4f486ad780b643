import type { IncidentItem } from '../../../engine/runtime/read/list-incidents.ts';
import { readTarget } from '../../../engine/runtime/read/target.ts';
import type { Asked } from '../asked.ts';
import { data } from '../data.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { type Html, html } from '../html.ts';
import { incidentState, statusWords, verdictOf } from '../incident-words.ts';
import { incidentLink } from '../links.ts';
import { severity } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, View } from '../view.ts';

const severities = ['critical', 'high', 'medium', 'low', 'informational'];
const open = ['new', 'in_progress'];

/** The queue: what is open and worth a look, unless somebody asks for all. */
export async function incidentsPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const status = chosen(query, 'status', ['all', ...statusWords.map(([word]) => word)]);
  const level = chosen(query, 'severity', ['all', ...severities]);
  const named = query('target');
  const target = named === undefined ? undefined : readTarget(named);
  const filter = {
    status: status === undefined ? open : status === 'all' ? undefined : [status],
    severity: level === undefined ? severities.slice(0, 4) : level === 'all' ? undefined : [level],
    q: query('q'),
    target: target ?? undefined,
  };
  const page = await read.listIncidents(tenant, filter, { limit: 50, cursor: query('cursor') });
  const path = view.to('/incidents');
  return {
    title: 'Incidents',
    section: 'incidents',
    content: html`<h1>Incidents</h1>
${filterForm(
  path,
  query,
  [
    { name: 'status', label: 'State', options: [['', 'Open'], ...statusWords, ['all', 'All']] },
    {
      name: 'severity',
      label: 'Severity',
      options: [['', 'Low and up'], ...severities.map((one) => [one, one] as const), ['all', 'All']],
    },
  ],
  [
    { name: 'q', label: 'Title contains' },
    { name: 'target', label: 'Target (kind:id)' },
  ],
)}${target === null && html`<p role="alert">A target is written kind:id, for example host:H17. Incidents of all are shown.</p>`}
${
  page.items.length > 0
    ? queue(view, page.items)
    : empty(
        'No such incident.',
        html`An alert that names an incident of its source opens one. <a href="${path}?status=all&amp;severity=all">All incidents</a>`,
      )
}
${pager(path, query, ['status', 'severity', 'q', 'target'], page.next)}`,
  };
}

function queue(view: View, items: readonly IncidentItem[]): Html {
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
