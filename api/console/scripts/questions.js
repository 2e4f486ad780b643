/*
 * Several questions on one page, or one that is about to be signed: when one of them is not any more what was read, that is
 * said where it stands and it goes along with nothing. What is typed and what else is ticked stays. The server judges each
 * of them anyway.
 */

import { justChanged } from './question.js';
import { fill, made } from './say.js';

const listed = '[data-question]:not(article)';

/** @param {Document} page */
export function takeQuestions(page) {
  for (const row of document.querySelectorAll(listed)) {
    if (!(row instanceof HTMLElement)) continue;
    const now = page.querySelector(`[data-question="${CSS.escape(row.dataset.question ?? '')}"]`);
    const version = now instanceof HTMLElement ? (now.dataset.version ?? '') : 'gone';
    if (version === row.dataset.version || version === row.dataset.shown) continue;
    row.dataset.shown = version;
    tell(row, now);
  }
}

/** @param {HTMLElement} row @param {Element | null} now null when it does not wait there any more */
function tell(row, now) {
  const notice = made('.told');
  const told = now?.querySelector('[data-told]')?.textContent ?? '';
  if (told !== '') fill(notice, told);
  row.querySelector('.told')?.remove();
  row.classList.add('is-out');
  const box = row.querySelector('input[type="checkbox"]');
  const button = notice.querySelector('button');
  if (box instanceof HTMLInputElement && now !== null) {
    button?.addEventListener('click', () => show(row, now));
    // It has the focus no more when it is off.
    if (document.activeElement === box) button?.focus();
    box.checked = false;
    box.disabled = true;
  } else button?.remove();
  // Into a line that is there, as in every list.
  (row.querySelector('td > div') ?? row).append(notice);
  withhold(row.dataset.question ?? '');
  if (document.querySelector('form[data-ask]') !== null) lock();
  justChanged();
  countTicked();
}

/** Puts the question as it is now in the place of the one that was read, not ticked. @param {HTMLElement} row @param {Element} now */
function show(row, now) {
  const shown = document.importNode(now, true);
  const box = shown.querySelector('input[type="checkbox"]');
  row.replaceWith(shown);
  justChanged();
  if (box instanceof HTMLInputElement) {
    box.checked = false;
    box.focus();
  }
  countTicked();
}

/** A list that is decided by its first so many keeps its places: one of them is empty. @param {string} id */
function withhold(id) {
  const field = document.querySelector('input[type="hidden"][name="shown"]');
  if (!(field instanceof HTMLInputElement)) return;
  field.value = field.value
    .split(' ')
    .map((place) => (place.startsWith(`${id}=`) ? '-' : place))
    .join(' ');
}

/** Nothing is signed or sent any more; the form that leads back to reading stays. */
function lock() {
  document.querySelector('main article')?.classList.add('is-locked');
  for (const button of document.querySelectorAll('main form:not([data-reads]) button'))
    if (button instanceof HTMLButtonElement) button.disabled = true;
  const asking = document.querySelector('button[data-press]');
  if (asking instanceof HTMLElement) asking.hidden = true;
  for (const said of document.querySelectorAll('[data-say]'))
    if (said instanceof HTMLElement) said.hidden = said.dataset.say !== 'changed';
  const back = document.querySelector('form[data-reads]');
  if (back instanceof HTMLElement) back.hidden = false;
}

/** How many go along, beside the buttons. */
export function countTicked() {
  const line = document.querySelector('[data-ticked]');
  if (!(line instanceof HTMLElement)) return;
  const boxes = document.querySelectorAll(`${listed} input[type="checkbox"]:checked`);
  const open = document.querySelectorAll(`${listed}:not(.is-out)`);
  fill(line, String(line.dataset.ticked === 'boxes' ? boxes.length : open.length));
  line.hidden = false;
}

addEventListener('change', ({ target }) => {
  if (target instanceof Element && target.closest(listed) !== null) countTicked();
});
countTicked();
