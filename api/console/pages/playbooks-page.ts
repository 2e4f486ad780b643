import type { PlaybookItem } from '../../../engine/runtime/read/list-playbooks.ts';
import type { Asked } from '../asked.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { type Html, html } from '../html.ts';
import { playbookLink } from '../links.ts';
import { tag } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, View } from '../view.ts';

const modes = ['enforce', 'ask', 'audit'] as const;

export async function playbooksPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const on = chosen(query, 'enabled', ['true', 'false']);
  const filter = {
    mode: chosen(query, 'mode', modes),
    enabled: on === undefined ? undefined : on === 'true',
    q: query('q')?.slice(0, 200),
  };
  const page = await read.listPlaybooks(tenant, filter, { limit: 50, cursor: query('cursor') });
  const path = view.to('/playbooks');
  const narrowed = Object.values(filter).some((value) => value !== undefined);
  return {
    title: 'Playbooks',
    section: 'playbooks',
    content: html`<h1>Playbooks</h1>
${filterForm(
  path,
  query,
  [
    { name: 'mode', label: 'Mode', options: [['', 'All'], ...modes.map((mode) => [mode, mode] as const)] },
    {
      name: 'enabled',
      label: 'Enabled',
      options: [
        ['', 'All'],
        ['true', 'On'],
        ['false', 'Off'],
      ],
    },
  ],
  [{ name: 'q', label: 'Title or id' }],
)}
${page.items.length > 0 ? list(view, page.items) : none(view, narrowed)}${pager(path, query, ['mode', 'enabled', 'q'], page.next, ['First', 'Next'])}`,
  };
}

function none(view: View, narrowed: boolean): Html {
  return narrowed
    ? empty('No playbook is like that.', html`<a href="${view.to('/playbooks')}">All playbooks</a>`)
    : empty('No playbook is published.', 'Check one with riposte check, publish it with riposte publish.');
}

function list(view: View, playbooks: readonly PlaybookItem[]): Html {
  return table<PlaybookItem>(
    'Playbooks',
    [
      {
        head: 'Playbook',
        cell: (playbook) =>
          html`${playbookLink(view, playbook)} <span class="small dim">${playbook.id}</span>`,
      },
      { head: 'Enabled', cell: (playbook) => enabledTag(playbook.enabled) },
      { head: 'Mode', cell: (playbook) => playbook.mode },
      {
        head: 'Impact',
        cell: (playbook) => html`<span class="chip ${playbook.impact}">${playbook.impact}</span>`,
      },
      {
        head: 'Status',
        cell: (playbook) => [
          playbook.status,
          playbook.outdatedCalls.length > 0 &&
            html` ${tag(['Calls an older version', 'warn', 'warn'], '')} ${playbook.outdatedCalls.join(', ')}`,
        ],
      },
      {
        head: 'Published',
        cell: (playbook) => [moment(playbook.publishedAt, view.nowMs), ` by ${playbook.publishedBy}`],
      },
    ],
    playbooks,
  );
}

export function enabledTag(enabled: boolean) {
  return enabled ? tag(['On', 'check', 'good'], '') : tag(['Off', 'stop', 'quiet'], '');
}
