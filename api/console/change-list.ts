import type { Risk } from '../../engine/core/diff/change.ts';
import type { LocatedChange } from '../../engine/core/diff/diff-plans.ts';
import { marked } from './data.ts';
import { type Html, html } from './html.ts';
import { type Look, tag } from './states.ts';
import { table } from './table.ts';

const looks: { readonly [risk in Risk]: Look } = {
  bolder: ['Bolder', 'warn', 'bad'],
  careful: ['More careful', 'check', 'good'],
  neutral: ['Neutral', 'dash', 'quiet'],
};

export interface ChangedSide {
  number: number;
  /** Of its source, to which a line is added. */
  address: string;
}

/** What two versions mean differently, bolder first; each leads to its line in both. */
export function changeList(changes: readonly LocatedChange[], from: ChangedSide, to: ChangedSide): Html {
  const place = (line: number | null, { address, number }: ChangedSide) =>
    line === null
      ? html`<span class="dim">not in ${number}</span>`
      : html`<a href="${address}#L${line}">line ${line}</a>`;
  return table<LocatedChange>(
    'Changes',
    [
      { head: 'Risk', cell: ({ risk }) => tag(looks[risk], '') },
      { head: 'What', cell: ({ what }) => marked(what) },
      { head: `In ${from.number}`, cell: ({ before }) => place(before, from) },
      { head: `In ${to.number}`, cell: ({ after }) => place(after, to) },
    ],
    changes,
  );
}
