import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import { data } from './data.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

type Notice = ApprovalDetail['notices'][number];

/** Who was told of the question, when, and what failed. */
export function noticeList(view: View, { notices }: ApprovalDetail): Html {
  return html`<ul class="plain">${notices.map((notice) => html`<li>${data(notice.destination)} ${became(view, notice)}</li>`)}</ul>`;
}

/** On top of the card while something did not arrive: whoever reads it may be the only one who knows. */
export function noticeTrouble({ notices }: ApprovalDetail): Html | null {
  const failing = notices.filter(({ state, tries }) => state === 'failed' || (state === 'due' && tries > 0));
  if (failing.length === 0) return null;
  return html`<section class="notice bad" id="notices"><p><strong>${icon('warn')}Not everybody could be told of this question</strong></p>
<ul class="plain">${failing.map(({ destination, error, state }) => html`<li>${data(destination)}: ${data(error ?? '')}${state === 'due' ? html` <span class="dim">It is tried again.</span>` : html` <span class="dim">It is not tried again.</span>`}</li>`)}</ul></section>`;
}

function became(view: View, { occasion, state, at, tries, settledAt }: Notice): Html {
  const why = words[occasion] ?? occasion;
  switch (state) {
    case 'told':
      return html`told ${moment(settledAt ?? at, view.nowMs)} <span class="dim">(${why})</span>`;
    case 'failed':
      return html`<strong>could not be told</strong> <span class="dim">(${why})</span>`;
    case 'dropped':
      return html`<span class="dim">not told: the question was closed first (${why})</span>`;
    default:
      return tries === 0
        ? html`<span class="dim">being told (${why})</span>`
        : html`<strong>not told yet</strong> after ${tries} ${tries === 1 ? 'try' : 'tries'} <span class="dim">(${why})</span>`;
  }
}

const words: { [occasion: string]: string } = {
  asked: 'when it was asked',
  reminded: 'reminder',
  escalated: 'escalation',
  'break-glass': 'decided alone',
};
