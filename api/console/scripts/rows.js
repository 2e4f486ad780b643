/*
 * Lists of a page that goes on. A row stays where it is: its words change in place, one that is gone is marked, and new
 * ones wait until somebody asks for them. What is ticked stays ticked.
 */

import { fill, made, say, unsay } from './say.js';

/** @typedef {(old: Element, now: Element) => void} Take */

/** What each list is by the newest look. @type {WeakMap<Element, Element>} */
const newest = new WeakMap();

/** @param {Element} list @returns {HTMLElement[]} */
function rowsOf(list) {
  return [...list.querySelectorAll('[data-key]')].filter((row) => row instanceof HTMLElement);
}

/** @param {Element} list @param {Element | null} now null when there is no such list any more @param {Take} take */
export function takeRows(list, now, take) {
  const coming = new Map((now === null ? [] : rowsOf(now)).map((row) => [row.dataset.key, row]));
  for (const row of rowsOf(list)) {
    const other = coming.get(row.dataset.key);
    coming.delete(row.dataset.key);
    if (other === undefined) markOut(row, now !== null && hasPages(now));
    // One that was marked has lost its tick: it comes back as a new one does.
    else if (row.classList.contains('is-out')) coming.set(row.dataset.key, other);
    else take(row, other);
  }
  if (now !== null) newest.set(list, now);
  offer(list, coming.size);
}

/** There is more of it than the page has, so what is not on it may stand further on. @param {Element} list */
function hasPages(list) {
  return (list.closest('form') ?? list).nextElementSibling?.matches('.pager') === true;
}

/** @param {HTMLElement} row @param {boolean} elsewhere it may be in the list still, on another page */
function markOut(row, elsewhere) {
  if (row.classList.contains('is-out')) return;
  row.classList.add('is-out');
  for (const box of row.querySelectorAll('input')) {
    box.checked = false;
    box.disabled = true;
  }
  // Into a line that is there: another one would move the rows below.
  const line = row.matches('tr') ? row.querySelector('td > div') : row.lastElementChild;
  (line ?? row).append(made(elsewhere ? '.out.off-page' : '.out'));
}

/** One button at the head of the list, however much is new. @param {Element} list @param {number} count */
function offer(list, count) {
  const before = list.previousElementSibling;
  const there = before?.matches('.fresh') === true ? before : null;
  if (count === 0) return there?.remove();
  const line = there ?? made('.fresh');
  for (const one of line.querySelectorAll('[data-one]'))
    if (one instanceof HTMLElement) one.hidden = count !== 1;
  for (const many of line.querySelectorAll('[data-many]'))
    if (many instanceof HTMLElement) many.hidden = count === 1;
  fill(line, String(count));
  if (there !== null) return;
  line.querySelector('button')?.addEventListener('click', () => show(list, line));
  list.before(line);
}

/** @param {Element} list @param {Element} line */
function show(list, line) {
  const now = newest.get(list);
  line.remove();
  if (now === undefined) return;
  const known = new Set(
    rowsOf(list)
      .filter((row) => !row.classList.contains('is-out'))
      .map((row) => row.dataset.key),
  );
  const ticked = new Set(
    [...list.querySelectorAll('input:checked')].map((box) => box instanceof HTMLInputElement && box.value),
  );
  const shown = document.importNode(now, true);
  for (const box of shown.querySelectorAll('input'))
    if (box.type === 'checkbox') box.checked = ticked.has(box.value);
  list.replaceWith(shown);
  const fresh = rowsOf(shown).find((row) => !known.has(row.dataset.key));
  const link = fresh?.querySelector('a, button, input');
  if (link instanceof HTMLElement) link.focus();
  countFresh();
}

/** How many wait behind the buttons of this page, in its title, in the navigation, and said once for each number. */
export function countFresh() {
  const counts = [...document.querySelectorAll('.fresh')].map((line) =>
    Number(line.querySelector('[data-fill]')?.textContent),
  );
  const count = counts.reduce((sum, each) => sum + each, 0);
  document.title = (count === 0 ? '' : `(${count}) `) + document.title.replace(/^\(\d+\) /, '');
  for (const link of document.querySelectorAll('nav a[aria-current="page"]')) {
    if (count === 0) link.removeAttribute('data-fresh');
    else link.setAttribute('data-fresh', String(count));
  }
  unsay(count === 1 ? 'fresh' : 'fresh-one');
  if (count === 0) unsay('fresh', 'fresh-one');
  else say(count === 1 ? 'fresh-one' : 'fresh', String(count));
}
