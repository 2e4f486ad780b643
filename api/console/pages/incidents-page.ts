import { readTarget } from '../../../engine/runtime/read/target.ts';
import type { Asked } from '../asked.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { incidentList } from '../incident-list.ts';
import { statusWords } from '../incident-words.ts';
import { empty, pager } from '../table.ts';
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
    live: ['incidents', 'runs'],
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
    ? incidentList(view, page.items)
    : empty(
        'No such incident.',
        html`An alert that names an incident of its source opens one. <a href="${path}?status=all&amp;severity=all">All incidents</a>`,
      )
}
${pager(path, query, ['status', 'severity', 'q', 'target'], page.next)}`,
  };
}
