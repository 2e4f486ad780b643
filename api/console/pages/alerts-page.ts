import type { Asked } from '../asked.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { alertLink, targetList } from '../links.ts';
import { severity } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, View } from '../view.ts';

const severities = ['critical', 'high', 'medium', 'low', 'informational'];

export async function alertsPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const level = chosen(query, 'severity', severities);
  const page = await read.listAlerts(
    tenant,
    { severity: level === undefined ? undefined : [level], q: query('q') },
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
)}
${
  page.items.length === 0
    ? empty('No alerts.', 'Connect a source, or send one: riposte alerts send.')
    : table(
        'Alerts',
        [
          { head: 'Severity', cell: (alert) => severity(alert.severity) },
          { head: 'Alert', cell: (alert) => alertLink(view, alert) },
          { head: 'Targets', cell: (alert) => targetList(alert.targets) },
          {
            head: 'Source',
            cell: (alert) => [alert.source, html` <span class="dim">${alert.category}</span>`],
          },
          { head: 'Received', cell: (alert) => moment(alert.createdAt, view.nowMs) },
        ],
        page.items,
      )
}
${pager(path, query, ['severity', 'q'], page.next)}`,
  };
}
