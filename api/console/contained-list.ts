import type { ContainedItem } from '../../engine/runtime/read/list-contained.ts';
import { data } from './data.ts';
import { type Html, html } from './html.ts';
import { playbookLink, runLink, targetWithId } from './links.ts';
import { tag, undoState } from './states.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import { may, type View } from './view.ts';

/** What stands at this instant, by which run, and the way to let it stand longer or go. */
export function containedList(view: View, items: readonly ContainedItem[]): Html {
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
        cell: (item) =>
          html`${playbookLink(view, item.playbook)} ${runLink(view, item.run.id)}${item.others.length > 0 && html`<p class="small dim">held too by ${item.others.map((run) => html`${runLink(view, run)} `)}</p>`}`,
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
      { head: 'What now', cell: (item) => nextOf(view, item), leads: true },
    ],
    items,
    ({ id }) => id,
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
  return html`${item.state !== 'undoing' && html`<a class="button" href="${at}" data-shortcut="u">Release</a>`}${renewable && html` <a class="button" href="${at}#renew">Renew</a>`}`;
}
