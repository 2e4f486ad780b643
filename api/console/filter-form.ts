import { type Html, html } from './html.ts';
import type { Form } from './read-form.ts';

interface Choice {
  name: string;
  label: string;
  /** '' stands for all. */
  options: readonly (readonly [value: string, word: string])[];
}

/** Filters live in the address, so that a filtered list can be sent to somebody. */
export function filterForm(
  path: string,
  query: Form,
  choices: readonly Choice[],
  texts: readonly { name: string; label: string }[] = [],
  fixed: { readonly [name: string]: string } = {},
): Html {
  return html`<form class="filter" method="get" action="${path}" role="search">${choices.map(
    ({ name, label, options }) =>
      html`<label>${label}<select name="${name}">${options.map(
        ([value, word]) =>
          html`<option value="${value}"${(query(name) ?? '') === value && html` selected`}>${word}</option>`,
      )}</select></label>`,
  )}${texts.map(
    ({ name, label }) =>
      html`<label>${label}<input name="${name}" value="${query(name) ?? ''}" maxlength="200"></label>`,
  )}${Object.entries(fixed).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}<button>Filter</button></form>`;
}

/** Of a word that came from the address: only one that is offered. */
export function chosen(query: Form, name: string, offered: readonly string[]): string | undefined {
  const value = query(name);
  return value !== undefined && offered.includes(value) ? value : undefined;
}
