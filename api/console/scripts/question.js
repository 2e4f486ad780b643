/*
 * A question that somebody has open, with what they are writing. When it is not any more what they read, its buttons lock,
 * the change is named, and they see what it is now when they ask for it. What they press meanwhile, and just after, was
 * meant for what stood there before.
 */

import { fill, made } from './say.js';
import { takeIn } from './take-in.js';

/** Somebody who was about to press has noticed by then. */
const ignoredMs = 600;

let changedAtMs = -Infinity;

for (const type of ['click', 'submit'])
  addEventListener(
    type,
    (event) => {
      const { target } = event;
      if (!(target instanceof Element) || target.closest('form, .choice') === null) return;
      // Leads back to reading, and records nothing.
      if (target.closest('form[data-reads]') !== null) return;
      const locked = type === 'submit' && document.querySelector('.is-locked') !== null;
      if (!locked && performance.now() - changedAtMs >= ignoredMs) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

/** What is pressed now was meant for what stood there before. */
export function justChanged() {
  changedAtMs = performance.now();
}

/** @param {Document} page @returns {HTMLElement | null} */
function questionOf(page) {
  return page.querySelector('article[data-version]');
}

/** There is something to press, or somebody may be writing. */
function isAsking() {
  return document.querySelector('form.bar') !== null;
}

/** @param {Document} page */
export function takeQuestion(page) {
  const [old, now] = [questionOf(document), questionOf(page)];
  if (old === null || now === null) return;
  if (!isAsking()) {
    if (old.dataset.version !== now.dataset.version) takeBar(page);
    takeIn(old, now);
    return;
  }
  if (old.dataset.version !== now.dataset.version || old.classList.contains('is-locked'))
    return lock(old, now, page);
  for (const part of old.querySelectorAll('[data-part]')) {
    const { part: name } = part instanceof HTMLElement ? part.dataset : {};
    const other = now.querySelector(`[data-part="${name}"]`);
    if (other !== null) takeIn(part, other);
  }
}

/** @param {HTMLElement} old @param {HTMLElement} now @param {Document} page */
function lock(old, now, page) {
  const told = now.querySelector('[data-told]')?.textContent ?? '';
  const bar = document.querySelector('form.bar');
  if (bar === null) return;
  const before = bar.querySelector('.changed');
  if (old.dataset.shown === now.dataset.version && before !== null) return;
  old.dataset.shown = now.dataset.version;
  old.classList.add('is-locked');
  changedAtMs = performance.now();
  const focused = document.activeElement;
  for (const button of document.querySelectorAll('.bar .choice button, article form button'))
    if (button instanceof HTMLButtonElement) button.disabled = true;
  const notice = made('.changed');
  fill(notice, told);
  notice.querySelector('button')?.addEventListener('click', () => show(old, page));
  before?.remove();
  bar.prepend(notice);
  // A button that is off has lost it.
  if (focused instanceof HTMLButtonElement && focused.disabled) notice.focus();
}

/** Puts the question as it is now in the place of the one that was read. @param {HTMLElement} old @param {Document} page */
function show(old, page) {
  const now = questionOf(page);
  if (now === null) return;
  const texts = writtenHere();
  const asked = document.importNode(now, true);
  old.replaceWith(asked);
  takeBar(page);
  document.title = page.title;
  for (const text of texts) giveBack(text, asked);
  const heading = asked.querySelector('h1');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
}

/** @param {Document} page */
function takeBar(page) {
  changedAtMs = performance.now();
  for (const bar of document.querySelectorAll('body > [data-bar]')) bar.remove();
  const bar = page.querySelector('body > [data-bar]');
  document.body.classList.toggle('has-bar', bar !== null);
  if (bar !== null) document.body.append(document.importNode(bar, true));
}

/** What people write for others to read. Names that have to be typed before something is done are not among it. */
const written = ['comment', 'reason', 'proof'];

/** @typedef {{ place: string, name: string, text: string }} Written */

/** @returns {Written[]} what stands in the fields, by where they are; of what a form offered only what was changed */
function writtenHere() {
  const fields = [...document.querySelectorAll('.bar :is(textarea, input), article :is(textarea, input)')];
  return fields.flatMap((field) => {
    if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return [];
    const { name, value, defaultValue, type, form } = field;
    const place =
      form === null || form.matches('.bar')
        ? '.bar'
        : `article form[action="${CSS.escape(form.getAttribute('action') ?? '')}"]`;
    const isText = written.includes(name)
      ? value !== ''
      : name !== 'typed' && type !== 'hidden' && value !== defaultValue;
    return isText ? [{ place, name, text: value }] : [];
  });
}

/** Where there is no such field any more it is shown, to be copied. @param {Written} written @param {Element} asked */
function giveBack({ place, name, text }, asked) {
  const field = document.querySelector(
    `${place} :is(textarea, input:not([type="hidden"]))[name="${CSS.escape(name)}"]`,
  );
  if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) {
    field.value = text;
    return;
  }
  const kept = made('.kept');
  fill(kept, text);
  asked.querySelector('header')?.after(kept);
}
