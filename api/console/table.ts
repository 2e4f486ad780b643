import { exact, type Html, html, isEmpty, type Value } from './html.ts';
import type { Form } from './read-form.ts';

export interface Column<Item> {
  head: string;
  cell(item: Item): Value;
  /** Its link is the one to the page of the item, where several stand in a row. */
  leads?: boolean;
}

/**
 * A list of items. On narrow screens each row becomes a card with its heads beside the values; the
 * roles keep it a table for screen readers when its display changes.
 */
export function table<Item>(
  caption: string,
  columns: readonly Column<Item>[],
  items: readonly Item[],
  /** What tells one from another for as long as a page is open. */
  keyOf?: (item: Item) => string,
  /** What else a script has to know of a row. */
  marks?: (item: Item) => Html,
): Html {
  return html`<table class="list" role="table"${keyOf !== undefined && html` data-list="${caption}"`}><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map(({ head }) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${items.map(
    (item) =>
      html`<tr role="row"${keyOf !== undefined && html` data-key="${exact(keyOf(item))}"`}${marks?.(item)}>${columns.map(
        ({ head, cell, leads }) =>
          html`<td role="cell"${leads === true && ' data-row'}><span class="head" aria-hidden="true">${head}</span><div>${filled(cell(item))}</div></td>`,
      )}</tr>\n`,
  )}</tbody></table>`;
}

function filled(value: Value): Value {
  return isEmpty(value) ? html`<span class="dim">–</span>` : value;
}

/** To the next page with the same filter, and back to the first. */
export function pager(
  path: string,
  query: Form,
  kept: readonly string[],
  next: string | null,
  [first, further] = ['Newest', 'Older'],
): Html | null {
  const cursor = query('cursor');
  if (cursor === undefined && next === null) return null;
  return html`<nav class="pager" aria-label="Pages">${
    cursor !== undefined && html`<a href="${addressWith(path, query, kept)}">${first}</a>`
  }${next !== null && html`<a href="${addressWith(path, query, kept, { cursor: next })}" rel="next">${further}</a>`}</nav>`;
}

export function addressWith(
  path: string,
  query: Form,
  kept: readonly string[],
  more: { [name: string]: string } = {},
): string {
  const parameters = new URLSearchParams();
  for (const name of kept) {
    const value = query(name);
    if (value !== undefined) parameters.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) parameters.set(name, value);
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Lists that are empty teach what would fill them. */
export function empty(what: Value, then: Value): Html {
  return html`<div class="empty"><p><strong>${what}</strong></p><p>${then}</p></div>`;
}
