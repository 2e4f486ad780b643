import { rolesThatMay } from '../../../engine/core/identity/rights.ts';
import { readTarget } from '../../../engine/runtime/read/target.ts';
import { actionTabs } from '../action-tabs.ts';
import type { Asked } from '../asked.ts';
import { containedList } from '../contained-list.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { html } from '../html.ts';
import { incidentKept, incidentOnly } from '../links.ts';
import { empty, pager } from '../table.ts';
import { may, type PageReply, type View } from '../view.ts';

const origins = ['ours', 'found', 'unknown'] as const;

const leases = ['expiring', 'stuck'] as const;

/** Everything that is contained at this instant, and the way to let it stand longer or go. */
export async function containedPage(view: View, { query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const origin = chosen(query, 'origin', origins);
  const lease = chosen(query, 'lease', leases);
  const named = query('target') ?? '';
  const target = named === '' ? undefined : readTarget(named.replaceAll('\u0000', '').slice(0, 600));
  const filter = {
    origin: origin === undefined ? undefined : [origin],
    target: target ?? undefined,
    lease: lease === undefined ? undefined : [lease],
    incident: query('incident'),
  };
  const page = await read.listContained(tenant, filter, { limit: 25, cursor: query('cursor') });
  const path = view.to('/contained');
  const narrowed = Object.values(filter).some((value) => value !== undefined);
  const choice = filterForm(
    path,
    query,
    [
      {
        name: 'origin',
        label: 'Origin',
        options: [
          ['', 'All'],
          ['ours', 'Ours'],
          ['found', 'Found like this'],
          ['unknown', 'Unknown'],
        ],
      },
      {
        name: 'lease',
        label: 'Lease',
        options: [
          ['', 'All'],
          ['expiring', 'Ends soon'],
          ['stuck', 'Ended and stuck'],
        ],
      },
    ],
    [{ name: 'target', label: 'Target (kind:id)' }],
    incidentKept(query),
  );
  return {
    title: 'Contained now',
    section: 'actions',
    content: html`<h1>Action center</h1>
${actionTabs(view, 'contained')}${!may(view, 'runs.undo') && html`<p class="small">You can look. Whoever is ${rolesThatMay('runs.undo').join(' or ')} can let it stand longer or give it back.</p>`}${choice}${incidentOnly(view, filter.incident)}${target === null && html`<p role="alert">A target is written kind:id, for example host:H17. All are shown.</p>`}${
  page.items.length === 0
    ? empty(
        'Nothing is contained.',
        narrowed
          ? html`That is so of what the filter asks for. <a href="${path}">All that is contained now</a>`
          : 'A host that a playbook isolates, or an account that it disables, appears here until it is given back.',
      )
    : containedList(view, page.items)
}${pager(path, query, ['origin', 'lease', 'target', 'incident'], page.next)}`,
  };
}
