/*
 * Ctrl K: goes to a page, to a control of this one, or to what has an id. A combobox with its list (ARIA Authoring Practices
 * Guide): the focus stays in the field, arrows choose, Enter goes there. Nothing is ordered from here: of a control it is
 * the focus that goes there. All words stand in the page (`keyboard.ts`).
 */

import { keysAreOn } from './keys-choice.js';

const dialog = document.querySelector('dialog#commands');
const field = dialog?.querySelector('input');
const list = dialog?.querySelector('[role="listbox"]');

/** @typedef {{ words: string, go: () => void, option: HTMLElement }} Command */

/** @type {Command[]} */
let shown = [];
let at = 0;

/** A Mac has Cmd for what others have Ctrl for; there Ctrl K deletes to the end of the line. @param {KeyboardEvent} event */
function isCalled({ key, ctrlKey, metaKey, altKey, shiftKey, isComposing }) {
  const held = /^(Mac|iP)/.test(navigator.platform) ? metaKey && !ctrlKey : ctrlKey && !metaKey;
  return held && !altKey && !shiftKey && !isComposing && key.toLowerCase() === 'k';
}

/** @param {string} name @param {string} words what a page is called stays text @returns {HTMLElement | null} */
function made(name, words) {
  const template = dialog?.querySelector('template');
  const option = template?.content.querySelector(`[data-command="${name}"]`)?.cloneNode(true);
  if (!(option instanceof HTMLElement)) return null;
  const place = option.querySelector('[data-fill]');
  if (place !== null) place.textContent = words;
  return option;
}

/** @param {Element} element */
function wordsOf(element) {
  return (element.textContent ?? '').replace(/\s+/g, ' ').trim();
}

/** @param {string} name @param {string} words @param {() => void} go @returns {Command[]} */
function command(name, words, go) {
  const option = made(name, words);
  return option === null ? [] : [{ words: wordsOf(option).toLowerCase(), go, option }];
}

/** @returns {Command[]} */
function ofThisPage() {
  const controls = [...document.querySelectorAll('[data-shortcut]')].filter(
    (each) => each.checkVisibility({ visibilityProperty: true }) && !each.matches(':disabled'),
  );
  const links = [...document.querySelectorAll('.tabs a[href], nav.rail a[href]')];
  return [
    ...controls.flatMap((control) => command('control', wordsOf(control), () => focusOn(control))),
    ...links.flatMap((link) =>
      command(link.matches('.tabs a') ? 'tab' : 'page', wordsOf(link), () => {
        if (link instanceof HTMLAnchorElement) link.click();
      }),
    ),
  ];
}

/** @param {Element} control */
function focusOn(control) {
  if (!(control instanceof HTMLElement)) return;
  control.focus();
  control.scrollIntoView({ block: 'nearest' });
}

/** @param {string} written @returns {Command[]} */
function searchFor(written) {
  const search = document.querySelector('nav.rail a[data-go="/"]');
  if (written === '' || !(search instanceof HTMLAnchorElement)) return [];
  return command('search', written, () => location.assign(`${search.href}?q=${encodeURIComponent(written)}`));
}

/** @type {Command[]} */
let all = [];

function show() {
  if (field == null || list == null) return;
  const written = field.value.trim();
  const parts = written.toLowerCase().split(/\s+/);
  const fitting = all.filter(({ words }) => parts.every((part) => words.includes(part)));
  // What has the form of an id is no word of a page.
  const search = searchFor(written);
  shown = /^[a-z]{3}_/.test(written) ? [...search, ...fitting] : [...fitting, ...search];
  for (const [n, { option }] of shown.entries()) option.id = `command-${n}`;
  list.replaceChildren(...shown.map(({ option }) => option));
  field.setAttribute('aria-expanded', String(shown.length > 0));
  choose(0);
  for (const said of dialog?.querySelectorAll('[data-count]') ?? []) {
    if (!(said instanceof HTMLElement)) continue;
    said.hidden = said.dataset.count !== (shown.length === 1 ? 'one' : 'many');
    const place = said.querySelector('[data-fill]');
    if (place !== null) place.textContent = String(shown.length);
  }
}

/** @param {number} to */
function choose(to) {
  at = shown.length === 0 ? 0 : (to + shown.length) % shown.length;
  for (const [n, { option }] of shown.entries()) option.setAttribute('aria-selected', String(n === at));
  const chosen = shown[at]?.option;
  if (chosen === undefined) field?.removeAttribute('aria-activedescendant');
  else field?.setAttribute('aria-activedescendant', chosen.id);
  chosen?.scrollIntoView({ block: 'nearest' });
}

/** @param {number} which */
function goTo(which) {
  const { go } = shown[which] ?? {};
  if (go === undefined || !(dialog instanceof HTMLDialogElement)) return;
  // Closing gives the focus back to where it was.
  dialog.close();
  go();
}

if (dialog instanceof HTMLDialogElement && field != null && list != null) {
  addEventListener('keydown', (event) => {
    if (!isCalled(event) || !keysAreOn() || document.querySelector('dialog[open]') !== null) return;
    event.preventDefault();
    all = ofThisPage();
    field.value = '';
    show();
    dialog.showModal();
  });
  field.addEventListener('input', show);
  field.addEventListener('keydown', (event) => {
    const { key, isComposing } = event;
    if (isComposing || !['ArrowDown', 'ArrowUp', 'Enter'].includes(key)) return;
    event.preventDefault();
    if (key === 'Enter') goTo(at);
    else choose(at + (key === 'ArrowDown' ? 1 : -1));
  });
  list.addEventListener('click', ({ target }) => {
    const option = target instanceof Element ? target.closest('[role="option"]') : null;
    goTo(shown.findIndex((each) => each.option === option));
  });
}
