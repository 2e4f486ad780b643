import type { AlertItem } from '../../engine/runtime/read/list-alerts.ts';
import { type Html, html } from './html.ts';
import { alertLink, targetList } from './links.ts';
import { severity } from './states.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

export function alertList(view: View, alerts: readonly AlertItem[]): Html {
  return table(
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
    alerts,
    ({ id }) => id,
  );
}
