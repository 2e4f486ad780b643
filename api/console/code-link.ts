import { type Code, codes } from '../../schemas/codes.ts';
import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/** What a code of the catalogue says, leading to its page; one that is not in it as it is. */
export function codeLink(view: View, code: string): Html {
  if (!Object.hasOwn(codes, code)) return html`${code}`;
  return html`<a href="${view.to(`/codes/${code}`)}">${codes[code as Code].summary}</a>`;
}
