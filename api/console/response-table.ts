import type { ResponseTimes } from '../../engine/core/report/response.ts';
import { answeredMost, type ResponseReport } from '../../engine/runtime/read/read-response.ts';
import { type Html, html, type Value } from './html.ts';
import { table } from './table.ts';
import { span } from './times.ts';

interface Line {
  what: string;
  days: number;
  now: ResponseTimes;
  before: ResponseTimes;
}

/** Time to respond on the home page: nothing while there is nothing to tell. */
export function responseTable(reports: readonly ResponseReport[]): Html | null {
  const lines = reports
    .flatMap(({ days, respond, respondBefore, decide, decideBefore }): Line[] => [
      { what: 'contained', days, now: respond, before: respondBefore },
      { what: 'decided, nothing contained', days, now: decide, before: decideBefore },
    ])
    .filter(({ now, before }) => now.cases + before.cases > 0)
    .sort((one, other) => one.what.localeCompare(other.what) || one.days - other.days);
  if (lines.length === 0) return null;
  return html`<section><h2>Time to respond</h2>${table(
    'From when the source raised an alert until the last contain action was confirmed, or until the last word of a person',
    [
      {
        head: 'Alerts',
        cell: ({ what, days, now }) =>
          html`${now.cases} in ${days} days<br><span class="small dim">${what}</span>`,
      },
      { head: 'Half within', cell: ({ now }) => html`<strong>${time(now.median)}</strong>` },
      { head: 'Nine of ten', cell: ({ now }) => time(now.ninth) },
      { head: 'Until a run began', cell: ({ now }) => time(now.parts?.untilRun) },
      { head: 'Waiting for people', cell: ({ now }) => time(now.parts?.waiting) },
      { head: 'Doing', cell: ({ now }) => time(now.parts?.doing) },
      { head: 'Confirming', cell: ({ now }) => time(now.parts?.confirming) },
      {
        head: 'Half before that',
        cell: ({ before }) =>
          before.median !== null && html`${time(before.median)} <span class="dim">of ${before.cases}</span>`,
      },
    ],
    lines,
  )}${reports.some(({ partial }) => partial) && html`<p class="small dim">There were more than ${answeredMost} actions or questions: these are the newest.</p>`}</section>`;
}

function time(ms: number | null | undefined): Value {
  return ms == null ? null : span(Math.round(ms / 1000));
}
