import { type Html, html } from './html.ts';
import type { Form } from './read-form.ts';

interface Choice {
  name: string;
  label: string;
  /** '' stands for all. */
  options: readonly (readonly [value: string, word: string])[];
}

interface Text {
  name: string;
  label: string;
  /** Offered while somebody types; what is not among them can be typed all the same. */
  offers?: readonly { id: string; title: string }[];
}

/** Filters live in the address, so that a filtered list can be sent to somebody. */
export function filterForm(
  path: string,
  query: Form,
  choices: readonly Choice[],
  texts: readonly Text[] = [],
  fixed: { readonly [name: string]: string } = {},
  word = 'Filter',
): Html {
  return html`<form class="filter" method="get" action="${path}" role="search">${choices.map(
    ({ name, label, options }) =>
      html`<label>${label}<select name="${name}">${options.map(
        ([value, word]) =>
          html`<option value="${value}"${(query(name) ?? '') === value && html` selected`}>${word}</option>`,
      )}</select></label>`,
  )}${texts.map(
    ({ name, label, offers }) =>
      html`<label>${label}<input id="filter-${name}" name="${name}" value="${query(name) ?? ''}" maxlength="200"${
        offers !== undefined && html` list="${name}-offers" autocomplete="off"`
      }>${
        offers !== undefined &&
        html`<datalist id="${name}-offers">${offers.map(({ id, title }) => html`<option value="${id}">${title}</option>`)}</datalist>`
      }</label>`,
  )}${Object.entries(fixed).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button>${word}</button></form>`;
}

/** Of a word that came from the address: only one that is offered. */
export function chosen(query: Form, name: string, offered: readonly string[]): string | undefined {
  const value = query(name);
  return value !== undefined && offered.includes(value) ? value : undefined;
}
