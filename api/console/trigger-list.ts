import type { Plan, PlanPositions, PlanTrigger } from '../../engine/core/contracts/plan.ts';
import type { Reason } from '../../engine/core/report/trigger-figures.ts';
import {
  type FiguresOfTrigger,
  figuresDays,
  figuresMost,
} from '../../engine/runtime/read/read-trigger-figures.ts';
import { codeLink } from './code-link.ts';
import { data } from './data.ts';
import { type Html, html, type Value } from './html.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** What starts a playbook, and what became of that. Figures that did not come in time are left out, and that is said. */
export function triggerList(
  view: View,
  plan: Plan,
  positions: PlanPositions,
  figures: readonly FiguresOfTrigger[],
): Html {
  const late = figures.length === 0 && plan.triggers.length > 0;
  const rows = [...plan.triggers.map(({ id }) => id), ...(figures.some(isCall) ? ['call'] : [])];
  const figuresOf = (id: string) => figures.find(({ triggerId }) => triggerId === id);
  const figure = (tell: (of: FiguresOfTrigger) => Value) => (id: string) => {
    const of = figuresOf(id);
    return of === undefined ? null : tell(of);
  };
  return html`<section><h2>What starts it</h2><p class="small dim">${
    late
      ? 'The figures could not be read in time and are left out. Open the page again for them.'
      : `Of the last ${figuresDays} days. Events that no condition of it could fit are not counted.`
  }</p>${table<string>(
    'Triggers',
    [
      { head: 'Trigger', cell: (id) => nameOf(plan, id, positions) },
      { head: 'Runs', cell: figure((of) => startedWords(view, of)) },
      { head: 'Their outcome', cell: figure(outcomeWords) },
      { head: 'Matched, and not started', cell: figure((of) => reasons(view, of.suppressed)) },
      {
        head: 'Errors',
        cell: figure((of) => [reasons(view, of.errors), ofTheNewest(view, of.eventsSince, 'events')]),
      },
    ],
    rows,
  )}</section>`;
}

const isCall = ({ triggerId }: FiguresOfTrigger) => triggerId === 'call';

function nameOf({ triggers }: Plan, id: string, positions: PlanPositions): Html {
  const index = triggers.findIndex((trigger) => trigger.id === id);
  const trigger = triggers[index];
  if (trigger === undefined) return html`<span class="dim">called by another playbook</span>`;
  const line = positions[`/triggers/${index}`]?.line;
  const name = line === undefined ? html`${id}` : html`<a href="#L${line}">${id}</a>`;
  return html`${name} <span class="dim">${trigger.type}</span>${whenWords(trigger)}${
    trigger.match !== null && html`<br>${data(trigger.match)}`
  }`;
}

function whenWords({ enabled, expires, cron, timezone }: PlanTrigger): Html {
  return html`${cron !== null && html` <code>${cron}</code> ${timezone}`}${!enabled && html` <span class="chip">off</span>`}${expires !== null && ` until ${expires}`}`;
}

function startedWords(view: View, { started, audit, runsSince }: FiguresOfTrigger): Value {
  return html`${started}${audit > 0 && `, ${audit} of them in mode audit`}${ofTheNewest(view, runsSince, 'runs')}`;
}

/** What was not there is not told, bar how often it was taken back. */
function outcomeWords({ started, succeeded, failed, underWay, undone, other }: FiguresOfTrigger): Value {
  if (started === 0) return null;
  const told = [
    [succeeded, 'succeeded'],
    [failed, 'failed'],
    [underWay, 'under way'],
    [other, 'denied, cancelled or skipped'],
  ] as const;
  const parts = told.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return [...parts, `${undone} undone (${Math.round((100 * undone) / started)} %)`].join(', ');
}

function reasons(view: View, found: readonly Reason[]): Value {
  if (found.length === 0) return null;
  return html`<ul class="plain">${found.map(({ code, count }) => html`<li>${count} × ${codeLink(view, code)}</li>`)}</ul>`;
}

function ofTheNewest(view: View, since: string | null, what: string): Html | false {
  return (
    since !== null &&
    html`<p class="small dim">Of the newest ${figuresMost.toLocaleString('en')} ${what} only, ${moment(since, view.nowMs)} on.</p>`
  );
}
