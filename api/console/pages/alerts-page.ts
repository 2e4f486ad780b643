import { alertList } from '../alert-list.ts';
import type { Asked } from '../asked.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { incidentKept, incidentOnly } from '../links.ts';
import { empty, pager } from '../table.ts';
import type { PageReply, View } from '../view.ts';

const severities = ['critical', 'high', 'medium', 'low', 'informational'];

export async function alertsPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const level = chosen(query, 'severity', severities);
  const page = await read.listAlerts(
    tenant,
    { severity: level === undefined ? undefined : [level], q: query('q'), incident: query('incident') },
    { limit: 50, cursor: query('cursor') },
  );
  const path = view.to('/alerts');
  return {
    title: 'Alerts',
    section: 'alerts',
    content: html`<h1>Alerts</h1>
${filterForm(
  path,
  query,
  [
    {
      name: 'severity',
      label: 'Severity',
      options: [['', 'All'], ...severities.map((one) => [one, one] as const)],
    },
  ],
  [{ name: 'q', label: 'Title contains' }],
  incidentKept(query),
)}${incidentOnly(view, query('incident'))}
${
  page.items.length === 0
    ? empty('No alerts.', 'Connect a source, or send one: riposte alerts send.')
    : alertList(view, page.items)
}
${pager(path, query, ['severity', 'q', 'incident'], page.next)}`,
  };
}
