/*
 * Shows what was found in places that the page made: the words stand there. Whatever comes from the log or the server is
 * text, with what no reader can see replaced.
 */

/** @param {unknown} value */
export function plain(value) {
  return String(value)
    .slice(0, 600)
    .replace(/\p{Cc}|\p{Cf}/gu, '?');
}

/** `2026-11-29 09:20:11 UTC`, in the form that entries have. @param {string} iso */
export function utc(iso) {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? plain(iso) : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Of the parts of the page under `name` exactly those that are named are shown. @param {ParentNode} within @param {string} name @param {string[]} shown */
export function showOnly(within, name, ...shown) {
  for (const each of within.querySelectorAll(`[data-${name}]`))
    if (each instanceof HTMLElement) each.hidden = !shown.includes(each.dataset[name] ?? '');
}

/**
 * A copy of a part that the page keeps for it. Places without a value disappear, with their label where they have one.
 * @param {string} name @param {{ [place: string]: string | number | null }} values
 */
export function partOf(name, values = {}) {
  const template = document.querySelector(`template[data-part="${name}"]`);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`the page has no part ${name}`);
  const part = document.importNode(template.content, true);
  fill(part, values);
  return part;
}

/** @param {ParentNode} within @param {{ [place: string]: string | number | null }} values */
export function fill(within, values) {
  for (const place of within.querySelectorAll('[data-fill]')) {
    if (!(place instanceof HTMLElement)) continue;
    const value = values[place.dataset.fill ?? ''];
    if (value === undefined) continue;
    place.textContent = value === null ? '' : plain(value);
    const whole = place.closest('[data-fact]');
    if (whole instanceof HTMLElement) whole.hidden = value === null;
  }
}
