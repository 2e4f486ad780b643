/* What the page has to say to its person. All words stand in the page (`live-strip.ts`); this shows, hides and fills in. */

/** @param {string} what @returns {HTMLElement | null} */
function find(what) {
  return document.querySelector(`#live [data-said="${what}"]`);
}

/** @param {Element} within @param {string} text what came from outside stays text */
export function fill(within, text) {
  const place = within.querySelector('[data-fill]');
  // Said again, a live region is read out again.
  if (place !== null && place.textContent !== text) place.textContent = text;
}

/** @param {string} what @param {string} [text] */
export function say(what, text) {
  const element = find(what);
  if (element === null) return;
  if (text !== undefined) fill(element, text);
  if (element.hidden) element.hidden = false;
}

/** @param {...string} whats */
export function unsay(...whats) {
  for (const what of whats) {
    const element = find(what);
    if (element !== null && !element.hidden) element.hidden = true;
  }
}

/** @param {...string} whats @returns {boolean} whether one of them is said just now */
export function isSaid(...whats) {
  return whats.some((what) => find(what)?.hidden === false);
}

/** One more of what stands in the template of the page. @param {string} selector @returns {HTMLElement} */
export function made(selector) {
  const template = document.querySelector('#live template');
  const element = template instanceof HTMLTemplateElement && template.content.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return document.importNode(element, true);
}
