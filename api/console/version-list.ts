import type { VersionItem } from '../../engine/runtime/read/list-versions.ts';
import { type Html, html } from './html.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** The page of one version, or a place in it. */
export function versionAddress(view: View, playbook: string, number: number): string {
  return view.to(`/playbooks/${encodeURIComponent(playbook)}/versions/${number}`);
}

export function changesAddress(view: View, playbook: string, from: number, to: number): string {
  return view.to(`/playbooks/${encodeURIComponent(playbook)}/changes?from=${from}&to=${to}`);
}

/** Newest first, each with what it changed. */
export function versionList(view: View, playbook: string, versions: readonly VersionItem[]): Html {
  return table<VersionItem>(
    'Versions',
    [
      {
        head: 'Version',
        leads: true,
        cell: ({ publishedVersion, version, current }) =>
          html`<a href="${versionAddress(view, playbook, publishedVersion)}">${publishedVersion}</a> <span class="dim">${version}</span>${current && html` <span class="chip">current</span>`}`,
      },
      {
        head: 'What changed',
        cell: ({ publishedVersion: number }) =>
          number === 1
            ? 'It is the first.'
            : html`<a href="${changesAddress(view, playbook, number - 1, number)}">Changes since ${number - 1}</a>`,
      },
      {
        head: 'Published',
        cell: ({ publishedAt, publishedBy }) => [moment(publishedAt, view.nowMs), ` by ${publishedBy}`],
      },
      { head: 'Digest', cell: ({ digest }) => html`<code class="wrap">${digest}</code>` },
    ],
    versions,
  );
}

/** Any two of them, chosen by number. */
export function compareForm(view: View, playbook: string, from: number, to: number): Html {
  const field = (name: string, label: string, value: number) =>
    html`<label>${label}<input name="${name}" value="${value}" inputmode="numeric" pattern="[1-9][0-9]{0,8}" maxlength="9" required></label>`;
  return html`<form class="filter" method="get" action="${view.to(`/playbooks/${encodeURIComponent(playbook)}/changes`)}">${field('from', 'From version', from)}${field('to', 'To version', to)}<button>Compare</button></form>`;
}
