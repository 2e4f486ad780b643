/*
 * From row to row. The focus is on the link that leads to the page of the row, so Enter opens it and readers of the
 * screen hear its name; a row without a link is passed over.
 */

import { say } from './say.js';

const rows = 'main .list tbody tr, main .questions > li, main .steps > li, main .story > li';

/** @returns {Element | null} the row that the focus is in */
export function rowHere() {
  return document.activeElement?.closest(rows) ?? null;
}

/** @param {Element} row @returns {HTMLElement | null} */
function doorOf(row) {
  // Where several links stand in a row, the page says which of them is its own.
  return row.querySelector('[data-row] a[href]') ?? row.querySelector('a[href]');
}

/** @param {1 | -1} by the one after or before the row with the focus; without one, the first */
export function stepRow(by) {
  const all = [...document.querySelectorAll(rows)].filter((row) => row.checkVisibility() && doorOf(row));
  const here = rowHere();
  const next = here === null ? all[0] : all[all.indexOf(here) + by];
  if (next === undefined) return;
  doorOf(next)?.focus({ preventScroll: true });
  // By the rules for what is fixed to an edge (`scroll-padding`), and the whole row rather than the link.
  next.scrollIntoView({ block: 'nearest' });
}

/** The box of the row with the focus, which stays where it is; how many are ticked is said, since nobody is at the box. */
export function tickRow() {
  const box = rowHere()?.querySelector('input[type="checkbox"]:enabled');
  if (!(box instanceof HTMLInputElement)) return;
  box.click();
  say('selected', String(box.form?.querySelectorAll('input[type="checkbox"]:checked').length ?? 0));
}
