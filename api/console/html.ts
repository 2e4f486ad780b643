import { revealHidden } from './reveal-hidden.ts';

/*
 * The only way in which the console makes markup. Whatever is put into the template is text: it is
 * escaped for element content and for quoted attributes alike, and characters that a reader cannot
 * see are written out. Markup is only what another `html` made.
 */

export type Value = Html | string | number | null | undefined | false | readonly Value[];

export class Html {
  readonly #markup: string;
  constructor(parts: readonly string[], values: readonly string[]) {
    this.#markup = parts.reduce((text, part, index) => text + part + (values[index] ?? ''), '');
  }
  toString(): string {
    return this.#markup;
  }
}

/** Attributes are written with quotes: `<a href="${link}">`. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts, values.map(markupOf));
}

/**
 * Escaped, and otherwise unchanged: for form fields, whose value comes back and must be the same.
 */
export function exact(text: string): Html {
  return new Html([escapeText(text)], []);
}

/** A drawing of our own, which has escaped whatever text is in it (`draw-svg.ts`). */
export function drawn(svg: string): Html {
  return new Html([svg], []);
}

export function isEmpty(value: Value): boolean {
  return markupOf(value) === '';
}

function markupOf(value: Value): string {
  if (value instanceof Html) return value.toString();
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeText(revealHidden(value));
  if (typeof value === 'number') return String(value);
  return value.map(markupOf).join('');
}

const escapes: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => escapes[character] ?? '');
}
