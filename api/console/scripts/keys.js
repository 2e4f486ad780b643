/*
 * Single keys that lead through the pages. What a key leads to is said by the page (`data-shortcut`, `data-go`), which also
 * has all words. A key goes to a control; pressing it is left to the person.
 */

import './commands.js';
import { keysAreOn, switchKeys } from './keys-choice.js';
import { rowHere, stepRow, tickRow } from './walk-rows.js';

/** After `g` the next key is a place, for this long. */
const goingForMs = 1500;
let goingUntilMs = 0;

/** @type {{ readonly [key: string]: () => void }} */
const moves = {
  '?': openList,
  '/': toFilter,
  j: () => stepRow(1),
  k: () => stepRow(-1),
  x: tickRow,
  a: () => toControl('a'),
  d: () => toControl('d'),
  u: () => toControl('u'),
  '[': () => toTab(-1),
  ']': () => toTab(1),
};

addEventListener('keydown', (event) => {
  const { key, timeStamp, repeat } = event;
  if (!keysAreOn() || isMeantForAnother(event)) return;
  const going = timeStamp < goingUntilMs;
  goingUntilMs = !going && key === 'g' ? timeStamp + goingForMs : 0;
  const move = going ? () => goTo(key) : Object.hasOwn(moves, key) ? moves[key] : undefined;
  // A key that is held walks through rows and does nothing else.
  if (move === undefined || (repeat && key !== 'j' && key !== 'k')) return;
  event.preventDefault();
  move();
});

/** @param {KeyboardEvent} event */
function isMeantForAnother(event) {
  // Some keyboards make `[` with AltGr, which arrives as Ctrl and Alt.
  const modified = (event.ctrlKey || event.altKey || event.metaKey) && !event.getModifierState('AltGraph');
  if (modified || event.isComposing || event.defaultPrevented) return true;
  if (document.querySelector('dialog[open]') !== null) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio'].includes(target.type);
  return target.isContentEditable || target.matches('textarea, select');
}

function openList() {
  const list = document.querySelector('dialog#keys');
  if (list instanceof HTMLDialogElement) list.showModal();
}

/** @param {string} key @returns {HTMLAnchorElement | null} */
function placeOf(key) {
  for (const link of document.querySelectorAll('a[data-go]'))
    if (link instanceof HTMLAnchorElement && link.dataset.go === key) return link;
  return null;
}

/** @param {string} key */
function goTo(key) {
  placeOf(key)?.click();
}

function toFilter() {
  const form = document.querySelector('main form[role="search"]');
  const field = form?.querySelector('input:not([type="hidden"])') ?? form?.querySelector('select');
  if (field instanceof HTMLElement) return show(field);
  const search = placeOf('/');
  if (search !== null) location.assign(`${search.href}#filter-q`);
}

/** @param {string} key what the row with the focus offers comes before what the page does */
function toControl(key) {
  for (const place of [rowHere(), document]) {
    for (const control of place?.querySelectorAll(`[data-shortcut~="${key}"]`) ?? []) {
      if (!(control instanceof HTMLElement) || !control.checkVisibility({ visibilityProperty: true }))
        continue;
      // One that cannot be pressed says why, where it does.
      const why = control.matches(':disabled') ? control.getAttribute('aria-describedby') : null;
      return show((why === null ? null : document.getElementById(why)) ?? control);
    }
  }
}

/** @param {HTMLElement} element */
function show(element) {
  element.focus();
  element.scrollIntoView({ block: 'nearest' });
}

/** @param {1 | -1} by */
function toTab(by) {
  const tabs = [...document.querySelectorAll('.tabs a')];
  const next = tabs[tabs.findIndex((tab) => tab.hasAttribute('aria-current')) + by];
  if (next instanceof HTMLAnchorElement) next.click();
}

/** Readers of the screen say the key of a control, while it does something. */
function nameKeys() {
  for (const control of document.querySelectorAll('[data-shortcut]')) {
    if (!(control instanceof HTMLElement)) continue;
    if (keysAreOn()) control.setAttribute('aria-keyshortcuts', control.dataset.shortcut ?? '');
    else control.removeAttribute('aria-keyshortcuts');
  }
}

function offerSwitch() {
  const label = document.querySelector('[data-keys-switch]');
  const box = label?.querySelector('input');
  if (!(label instanceof HTMLElement) || !(box instanceof HTMLInputElement)) return;
  label.hidden = false;
  box.checked = keysAreOn();
  box.addEventListener('change', () => {
    switchKeys(box.checked);
    box.checked = keysAreOn();
    nameKeys();
  });
}

for (const link of document.querySelectorAll('a[data-keys-open]'))
  link.addEventListener('click', (event) => {
    event.preventDefault();
    openList();
  });
nameKeys();
offerSwitch();
