import { html } from '../html.ts';
import { playbookLink } from '../links.ts';
import { tag } from '../states.ts';
import { empty, table } from '../table.ts';
import { moment } from '../times.ts';
import type { PageReply, View } from '../view.ts';

export async function playbooksPage(view: View): Promise<PageReply> {
  const playbooks = await view.deps.read.listPlaybooks(view.deps.tenant);
  return {
    title: 'Playbooks',
    section: 'playbooks',
    content: html`<h1>Playbooks</h1>${
      playbooks.length === 0
        ? empty('No playbook is published.', 'Check one with riposte check, publish it with riposte publish.')
        : table(
            'Playbooks',
            [
              { head: 'Playbook', cell: (playbook) => playbookLink(view, playbook) },
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
          )
    }`,
  };
}

export function enabledTag(enabled: boolean) {
  return enabled ? tag(['On', 'check', 'good'], '') : tag(['Off', 'stop', 'quiet'], '');
}
