import { forget, keptNames, recall } from './kept-heads.js';
import { fill, partOf, showOnly, utc } from './verify-words.js';

/* What this browser keeps, on the page. */

/** What was there once and is not now is said first, whatever else is found. @param {HTMLElement} page @param {import('./kept-heads.js').KeptHead | undefined} kept @param {number} size */
export function showShrunk(page, kept, size) {
  const shrunk = kept !== undefined && kept.size > size;
  fill(page, { shrunk: shrunk ? `${kept.size}, ${utc(kept.at)}` : null, nowSize: shrunk ? size : null });
}

/** @param {HTMLElement} page */
export function showKept(page) {
  const { logs = '[]' } = page.dataset;
  const list = page.querySelector('[data-kept]');
  const named = JSON.parse(logs);
  list?.replaceChildren();
  for (const name of keptNames()) {
    const { head, key } = recall(name);
    const part = partOf('kept', {
      name,
      head: head === undefined ? null : `${head.size}, ${utc(head.at)}`,
      key: key ?? null,
    });
    showOnly(part, 'when', ...(named.includes(name) ? [] : ['gone']));
    part.querySelector('button')?.addEventListener('click', () => {
      forget(name);
      showKept(page);
    });
    list?.append(part);
  }
  showOnly(page, 'keeps', list?.childElementCount === 0 ? 'nothing' : 'something');
}
