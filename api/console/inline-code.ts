import { type Html, html } from './html.ts';

/** Texts of the catalogue: between backticks stands what one types. */
export function inline(text: string): (string | Html)[] {
  return text.split('`').map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`));
}
