/*
 * Takes what a page has become into the page that is open, in place: nodes that are in both stay, so that focus, selection
 * and what is unfolded stay with them. Forms are left as they are, with what was typed and what they asked about: whether
 * that still holds is judged when they are sent.
 */

import { takeRows } from './rows.js';

const ours = '.fresh, .out, .kept, .changed, .told';

/** What two nodes have to have in common to be the same one. @param {Node} node @returns {string} */
function nameOf(node) {
  if (!(node instanceof Element)) return node.nodeName;
  // Nothing of the page that comes is what was made here.
  if (node.matches(ours)) return '';
  // A list has a form around it while somebody may choose from it.
  const within = node.matches('form') ? node.querySelector('[data-list]') : node;
  if (within instanceof HTMLElement && within.dataset.list !== undefined)
    return `list ${within.dataset.list}`;
  const heading = node.matches('section') ? node.querySelector('h2')?.textContent : '';
  return [node.nodeName, node.id, node.getAttribute('action'), heading].join(' ');
}

/** @param {Element} old @param {Element} now */
export function takeIn(old, now) {
  takeAttributes(old, now);
  if (old.isEqualNode(now)) return;
  const left = [...old.childNodes];
  for (const next of [...now.childNodes]) {
    const at = left.findIndex((each) => nameOf(each) === nameOf(next));
    if (at === -1) {
      const coming = document.importNode(next, true);
      if (left[0] === undefined) old.append(coming);
      else old.insertBefore(coming, left[0]);
      continue;
    }
    for (const passed of left.splice(0, at)) leave(passed);
    const same = left.shift();
    if (same !== undefined) takeNode(same, next);
  }
  for (const rest of left) leave(rest);
}

/** @param {Node} old @param {Node} now */
function takeNode(old, now) {
  if (old instanceof CharacterData) {
    // A change of the text would take a selection in it away.
    if (now instanceof CharacterData && old.data !== now.data) old.data = now.data;
    return;
  }
  if (!(old instanceof HTMLElement) || !(now instanceof HTMLElement)) {
    if (!old.isEqualNode(now)) old.parentNode?.replaceChild(document.importNode(now, true), old);
    return;
  }
  if (old.matches('[data-keep], #live')) return;
  if (old.matches('[data-list]')) return takeRows(old, now, takeIn);
  if (old.matches('form')) return takeLists(old, now);
  if (old.matches('input, textarea, select, button')) return;
  takeIn(old, now);
}

/** A form may go around a list. @param {HTMLElement} form @param {HTMLElement} now */
function takeLists(form, now) {
  for (const list of form.querySelectorAll('[data-list]')) {
    const { list: name } = list instanceof HTMLElement ? list.dataset : {};
    const same = `[data-list="${CSS.escape(name ?? '')}"]`;
    takeRows(list, now.matches(same) ? now : now.querySelector(same), takeIn);
  }
}

/** What was made here stays, and what somebody is using. @param {Node} node */
function leave(node) {
  if (!(node instanceof HTMLElement)) return void node.parentNode?.removeChild(node);
  if (node.matches(`${ours}, [data-keep], #live`)) return;
  if (node.matches('[data-list]')) return takeRows(node, null, takeIn);
  const inside = node.querySelectorAll('[data-list]');
  for (const list of inside) takeRows(list, null, takeIn);
  if (inside.length > 0) return;
  if (!isUsed(node)) return node.remove();
  // What it was for is not there any more.
  for (const button of node.querySelectorAll('button')) button.disabled = true;
}

/** @param {HTMLElement} node something was typed or chosen in it, or is about to be */
function isUsed(node) {
  const controls = [node, ...node.querySelectorAll('input, textarea, select')];
  return (
    node.contains(document.activeElement) ||
    controls.some(
      (each) =>
        (each instanceof HTMLTextAreaElement && each.value !== each.defaultValue) ||
        (each instanceof HTMLInputElement &&
          (each.value !== each.defaultValue || each.checked !== each.defaultChecked)) ||
        (each instanceof HTMLSelectElement &&
          [...each.options].some((option) => option.selected !== option.defaultSelected)),
    )
  );
}

/** @param {Element} old @param {Element} now */
function takeAttributes(old, now) {
  // Whether it is unfolded is the reader's, their own time stands behind a moment, and whether keys do something they chose.
  const theirs = new Set(['open', 'data-key', 'data-list', 'aria-keyshortcuts']);
  if (old instanceof HTMLTimeElement && now instanceof HTMLTimeElement && old.dateTime === now.dateTime)
    theirs.add('title');
  for (const { name } of [...old.attributes])
    if (!theirs.has(name) && !now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes)
    if (!theirs.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
}
