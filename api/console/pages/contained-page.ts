import { rolesThatMay } from '../../../engine/core/identity/rights.ts';
import type { ContainedItem } from '../../../engine/runtime/read/list-contained.ts';
import { readTarget } from '../../../engine/runtime/read/target.ts';
import { actionTabs } from '../action-tabs.ts';
import type { Asked } from '../asked.ts';
import { data } from '../data.ts';
import { chosen, filterForm } from '../filter-form.ts';
import { type Html, html } from '../html.ts';
import { playbookLink, runLink, targetWithId } from '../links.ts';
import { tag, undoState } from '../states.ts';
import { empty, pager, table } from '../table.ts';
import { moment } from '../times.ts';
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
  );
  return {
    title: 'Contained now',
    section: 'actions',
    content: html`<h1>Action center</h1>
${actionTabs(view, 'contained')}${!may(view, 'runs.undo') && html`<p class="small">You can look. Whoever is ${rolesThatMay('runs.undo').join(' or ')} can let it stand longer or give it back.</p>`}${choice}${target === null && html`<p role="alert">A target is written kind:id, for example host:H17. All are shown.</p>`}${
  page.items.length === 0
    ? empty(
        'Nothing is contained.',
        narrowed
          ? html`That is so of what the filter asks for. <a href="${path}">All that is contained now</a>`
          : 'A host that a playbook isolates, or an account that it disables, appears here until it is given back.',
      )
    : contained(view, page.items)
}${pager(path, query, ['origin', 'lease', 'target'], page.next)}`,
  };
}

function contained(view: View, items: readonly ContainedItem[]): Html {
  return table<ContainedItem>(
    'What is contained now',
    [
      { head: 'Target', cell: (item) => targetWithId(item.target) },
      {
        head: 'Effect',
        cell: (item) => html`${item.effect}${item.state !== 'done' && html` ${undoState(item.state)}`}`,
      },
      { head: 'Since', cell: (item) => moment(item.since, view.nowMs) },
      {
        head: 'By',
        cell: (item) => html`${playbookLink(view, item.playbook)} ${runLink(view, item.run.id)}`,
      },
      {
        head: 'Approved by',
        cell: (item) =>
          item.approvedBy.length === 0
            ? html`<span class="dim">nobody was asked</span>`
            : html`${data(item.approvedBy.join(', '))}`,
      },
      { head: 'Origin', cell: (item) => originOf(item) },
      { head: 'Lease ends', cell: (item) => leaseOf(view, item) },
      {
        head: 'Held too by',
        cell: ({ others }) => others.map((run, index) => html`${index > 0 && ' '}${runLink(view, run)}`),
      },
      { head: 'What now', cell: (item) => nextOf(view, item) },
    ],
    items,
  );
}

function originOf({ origin }: ContainedItem): string {
  switch (origin) {
    case 'ours':
      return 'Ours';
    case 'found':
      return 'Found like this';
    case 'unknown':
      return 'Unknown';
  }
}

function leaseOf(view: View, { lease }: ContainedItem): Html {
  if (lease === null) return html`<span class="dim">no end</span>`;
  if (lease.asked) return html`ended; people are asked`;
  if (lease.stuck) return html`ended ${moment(lease.until, view.nowMs)}, and is stuck`;
  const then = lease.atEnd === 'release' ? 'then released' : 'then asked';
  return html`${moment(lease.until, view.nowMs)} <span class="dim">${then}</span>${lease.warned && html` ${tag(['Ends soon', 'clock', 'warn'], '')}`}`;
}

function nextOf(view: View, item: ContainedItem): Html {
  const at = view.to(`/undo/${encodeURIComponent(item.id)}`);
  if (!may(view, 'runs.undo') || item.inverse === null)
    return html`<a class="button" href="${at}">Look at it</a>`;
  const renewable = item.lease !== null && item.state === 'done';
  return html`${item.state !== 'undoing' && html`<a class="button" href="${at}">Release</a>`}${renewable && html` <a class="button" href="${at}#renew">Renew</a>`}`;
}
