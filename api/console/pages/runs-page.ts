import { runStates } from '../../routes/runs.ts';
import type { Asked } from '../asked.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { incidentKept, incidentOnly } from '../links.ts';
import { choosePlaybook, whichPlaybook } from '../playbook-choice.ts';
import type { Form } from '../read-form.ts';
import { runList } from '../run-list.ts';
import { empty, pager } from '../table.ts';
import type { PageReply, View } from '../view.ts';

export async function runsPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const status = chosen(query, 'status', runStates);
  const choice = await choosePlaybook(view, query('playbook'));
  const page = await read.listRuns(
    tenant,
    { status: status === undefined ? undefined : [status], playbook: choice.id, incident: query('incident') },
    { limit: 50, cursor: query('cursor') },
  );
  // What fits now may not be all that fits when the next page is asked for.
  const exact: Form = (name) => (name === 'playbook' ? choice.id : query(name));
  const path = view.to('/runs');
  return {
    title: 'Runs',
    section: 'runs',
    live: ['runs'],
    content: html`<h1>Runs</h1>
${filterForm(
  path,
  query,
  [
    {
      name: 'status',
      label: 'State',
      options: [['', 'All'], ...runStates.map((state) => [state, state] as const)],
    },
  ],
  [{ name: 'playbook', label: 'Playbook (id or words of its title)', offers: choice.offers }],
  incidentKept(query),
)}${incidentOnly(view, query('incident'))}${whichPlaybook(path, query, ['status', 'incident'], choice)}
${page.items.length > 0 ? runList(view, page.items) : empty('No runs.', 'A run starts when an alert matches a playbook, or by hand with POST /v1/runs.')}
${pager(path, exact, ['status', 'playbook', 'incident'], page.next)}`,
  };
}
