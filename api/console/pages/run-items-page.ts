import { found } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { playbookLink, runLink } from '../links.ts';
import { loopsOf, planOf, planSteps } from '../plan-steps.ts';
import { runAddress } from '../run-tabs.ts';
import { itemTree } from '../step-tree.ts';
import { empty, pager } from '../table.ts';
import type { PageReply, View } from '../view.ts';

const states = ['waiting', 'running', 'queued', 'succeeded', 'failed', 'denied', 'skipped', 'cancelled'];

/** All items of one loop, a page at a time: five thousand of them are no reason to scroll. */
export async function runItemsPage(view: View, { id, query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const run = found(await read.readRun(tenant, id));
  const path = query('step') ?? '';
  const [step] = await read.stepsNamed(tenant, [{ run: id, path }]);
  const loop = found(step ?? null);
  const state = chosen(query, 'state', states);
  const page = await read.listScopes(
    tenant,
    { run: id, step: path, state: state === undefined ? undefined : [state] },
    { limit: 25, cursor: query('cursor') },
  );
  const [steps, plan] = await Promise.all([
    read.stepsOfScopes(
      tenant,
      id,
      page.items.map((item) => item.path),
    ),
    planOf(view, run),
  ]);
  const counts = await read.countScopes(tenant, id, loopsOf(steps));
  const address = view.to(`/runs/${encodeURIComponent(id)}/items`);
  return {
    title: `${loop.name} · items`,
    section: 'runs',
    content: html`<p class="dim">${playbookLink(view, run.playbook)} · ${runLink(view, id)}</p><h1>${loop.name}</h1>
${filterForm(
  address,
  query,
  [
    {
      name: 'state',
      label: 'State',
      options: [['', 'All'], ...states.map((each) => [each, each] as const)],
    },
  ],
  [],
  { step: path },
)}
${
  page.items.length > 0
    ? itemTree(
        view,
        { run: id, steps, scopes: page.items, counts, planned: planSteps(plan) },
        runAddress(view, id, () => undefined),
      )
    : empty('Nothing here.', 'No item is in this state.')
}
${pager(address, query, ['step', 'state'], page.next, ['First', 'Next'])}`,
  };
}
