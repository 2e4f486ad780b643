import { type Code, codes } from '../../schemas/codes.ts';
import type { Problem } from '../http/problem.ts';
import { statusOf } from '../http/status-of.ts';
import { html } from './html.ts';
import type { Addresses, PageReply } from './view.ts';

/** Where the words for programs are none for somebody at a page. */
const pageHelp: { [code in Code]?: string } = {
  'request/unavailable':
    'Try it again in a moment. If you decided or changed something, look first whether it was recorded.',
};

/** What was not done, why, and what to do; never a stack, a query or a path of ours. */
export function errorPage(problem: Problem, requestId: string, to: Addresses): PageReply {
  const { summary } = codes[problem.code];
  const help = pageHelp[problem.code] ?? codes[problem.code].help;
  const status = statusOf(problem.code);
  return {
    status,
    title: summary,
    content: html`<p class="dim code">${status} · ${problem.code}</p><h1>${summary}</h1>
${problem.detail !== undefined && html`<p>${problem.detail}</p>`}
<p>${help}</p><p><a href="${to('/')}">Home</a></p>
<p class="small dim">Request ${requestId}</p>`,
  };
}
