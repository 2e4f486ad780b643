import { exact, type Html, html } from './html.ts';

/** What was said before and is sent along. */
export function hiddenField(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${exact(value)}">`;
}
