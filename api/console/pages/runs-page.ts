import type { Asked } from '../asked.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { runList } from '../run-list.ts';
import { empty, pager } from '../table.ts';
import type { PageReply, View } from '../view.ts';

const states = ['running', 'waiting', 'queued', 'succeeded', 'failed', 'denied', 'cancelled', 'timed-out'];

export async function runsPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const status = chosen(query, 'status', states);
  const [page, playbooks] = await Promise.all([
    read.listRuns(
      tenant,
      { status: status === undefined ? undefined : [status], playbook: query('playbook') },
      { limit: 50, cursor: query('cursor') },
    ),
    read.listPlaybooks(tenant),
  ]);
  const path = view.to('/runs');
  return {
    title: 'Runs',
    section: 'runs',
    content: html`<h1>Runs</h1>
${filterForm(path, query, [
  {
    name: 'status',
    label: 'State',
    options: [['', 'All'], ...states.map((state) => [state, state] as const)],
  },
  {
    name: 'playbook',
    label: 'Playbook',
    options: [['', 'All'], ...playbooks.map((playbook) => [playbook.id, playbook.title] as const)],
  },
])}
${page.items.length > 0 ? runList(view, page.items) : empty('No runs.', 'A run starts when an alert matches a playbook, or by hand with POST /v1/runs.')}
${pager(path, query, ['status', 'playbook'], page.next)}`,
  };
}
