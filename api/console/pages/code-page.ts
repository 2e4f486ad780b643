import { isCode } from '../../../schemas/codes.ts';
import { codePage } from '../../http/code-page.ts';
import { Problem } from '../../http/problem.ts';
import { sourceText } from '../data.ts';
import { type Html, html } from '../html.ts';
import { inline } from '../inline-code.ts';
import type { PageReply } from '../view.ts';

/** Where the `type` of a problem leads (RFC 9457, section 3.1.1). Says nothing about the installation. */
export function codePageOf(code: string): PageReply {
  if (!isCode(code)) throw new Problem('request/not-found');
  const { summary, why, help, avoid, prefer } = codePage(code);
  return {
    title: code,
    content: html`<article><p class="dim code">${code}</p><h1>${summary}</h1>
${why.split(/\n{2,}/).map((paragraph) => html`<p>${inline(paragraph.replaceAll('\n', ' '))}</p>`)}
${examples('Avoid', avoid)}${examples('Prefer', prefer)}
<section><h2>What to do</h2><p>${inline(help)}</p></section></article>`,
  };
}

function examples(title: string, texts: readonly string[] | undefined): Html | null {
  if (texts === undefined) return null;
  return html`<section><h2>${title}</h2>${texts.map((text) => sourceText(text))}</section>`;
}
