import type { RunItem } from '../../engine/runtime/read/list-runs.ts';
import { isJsonObject } from '../../schemas/json.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { alertLink, playbookLink, runLink } from './links.ts';
import { severity, stateOf } from './states.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

export function runList(view: View, runs: readonly RunItem[]): Html {
  return table(
    'Runs',
    [
      {
        head: 'State',
        cell: (run) => [
          stateOf(run.state),
          run.state === 'waiting' && html` <span class="small dim">${waitsFor(run)}</span>`,
          run.mode === 'audit' && html` <span class="chip">audit only</span>`,
        ],
      },
      { head: 'Playbook', cell: (run) => playbookLink(view, run.playbook) },
      {
        head: 'Alert',
        cell: (run) =>
          run.alert === null
            ? html`<span class="dim">started by ${run.startedBy}</span>`
            : [alertLink(view, run.alert), ' ', severity(run.alert.severity)],
      },
      { head: 'When', cell: (run) => moment(run.endedAt ?? run.startedAt ?? run.createdAt, view.nowMs) },
      { head: 'Run', cell: (run) => runLink(view, run.id), leads: true },
    ],
    runs,
    ({ id }) => id,
  );
}

const kinds: { readonly [kind: string]: string } = {
  approval: 'for a person',
  task: 'for a person',
  stop: 'held back',
  wait: 'for its time or a signal',
  place: 'for its place',
};

/** Which of many need a person is read without opening each. */
function waitsFor({ waitingFor }: RunItem): string {
  const waits = (Array.isArray(waitingFor) ? waitingFor : []).filter(isJsonObject);
  return [...new Set(waits.map(({ kind }) => kinds[String(kind)] ?? 'for what it began'))].join(', ');
}
