import { BadCursor } from '../../engine/runtime/read/cursor.ts';
import { codes } from '../../schemas/codes.ts';
import { Problem } from '../http/problem.ts';
import { statusOf } from '../http/status-of.ts';
import { html } from './html.ts';
import type { Addresses, PageReply } from './view.ts';

/** What was not done, why, and what to do; never a stack, a query or a path of ours. */
export function errorPage(problem: Problem, requestId: string, to: Addresses): PageReply {
  const { summary, help } = codes[problem.code];
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

/** The same reading of errors as the API's (`render-problem.ts`), for pages. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BadCursor) return new Problem('request/bad-cursor');
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status === 413) return new Problem('request/too-large');
  // An undecodable address, a form that is none: express says so with a status of its own.
  if (status === 400) return new Problem('request/invalid');
  return new Problem('request/internal', undefined, { cause: error });
}
