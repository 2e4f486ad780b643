import type { Span, Tested, ToldMatch, ToldRun } from '../../engine/core/backtest/result.ts';
import type { BacktestReport } from '../../engine/runtime/backtest-playbook.ts';
import { data, marked } from './data.ts';
import { type Html, html } from './html.ts';
import { alertLink } from './links.ts';
import { traceOutcome } from './states.ts';
import { empty, table } from './table.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** A backtest of the version in force. */
export function backtestResult(view: View, report: BacktestReport): Html {
  const tested = report.inForce;
  if (tested === null || report.read === 0)
    return empty('No alert of that time was read.', 'Choose a longer time, or connect a source.');
  const { read, of, ofMore, truncated, readFrom, readUntil, changedSince } = report;
  return html`<section aria-label="Result"><h2>Result</h2>
<p role="status"><strong>${read}</strong> of ${ofMore && 'more than '}${of} alerts were played${readFrom !== null && html`, from ${moment(readFrom, view.nowMs)}`}${readUntil !== null && html` to ${moment(readUntil, view.nowMs)}`}.</p>
${truncated !== null && html`<p class="notice warn">${truncated === 'time' ? 'Time was up: newer alerts were not played.' : 'Older alerts were not played.'} Choose a shorter time.</p>`}
<dl class="facts-line">${fact('Alerts matched', tested.matched)}${fact('Runs started', tested.starts)}${tested.depends > 0 && fact('Perhaps started', tested.depends)}${fact('Covered by an earlier run', tested.covered)}${fact('Questions to people', span(tested.questions))}</dl>
${changedSince > 0 && html`<p>${changedSince} of them were changed by their source since; they were played as they are now.</p>`}
${tested.notLookedAt > 0 && html`<p>What ${tested.notLookedAt} further runs would have done was not looked at.</p>`}</section>
${actions(tested)}${rules(view, tested)}${errors(view, tested)}${days(tested)}${matches(view, report.matches)}
<section><h2>Not played</h2>${report.notModelled.map((each) => html`<p class="small">${each}</p>`)}</section>`;
}

function fact(name: string, value: string | number): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function span({ expected, atMost }: Span): string {
  return expected === atMost ? `${expected}` : `${expected}, at most ${atMost}`;
}

function actions({ actions }: Tested): Html | null {
  if (actions.length === 0) return null;
  return html`<section><h2>What it would have done</h2>${table(
    'Actions, if all goes well and everybody says yes',
    [
      { head: 'Action', cell: ({ action }) => html`<code>${action}</code>` },
      { head: 'Class', cell: (each) => html`<span class="chip ${each.class}">${each.class}</span>` },
      { head: 'Times', cell: ({ times }) => span(times) },
      { head: 'Only written down', cell: ({ simulated }) => simulated > 0 && `${simulated}` },
    ],
    actions,
  )}</section>`;
}

const answers = {
  ask: 'People are asked',
  deny: 'Denied',
  open: 'Depends on what the run finds out',
} as const;

function rules(view: View, { rules }: Tested): Html | null {
  if (rules.length === 0) return null;
  return html`<section><h2>What guardrails would have held</h2>${table(
    'Guardrails',
    [
      { head: 'Guardrail', cell: ({ rule }) => html`<code>${rule}</code>` },
      { head: 'Answer', cell: ({ answer }) => answers[answer] },
      { head: 'Times', cell: ({ count }) => count },
      { head: 'Reason', cell: ({ reason }) => marked(reason) },
      { head: 'Example', cell: ({ example }) => alertLink(view, { id: example, title: example }) },
    ],
    rules,
  )}</section>`;
}

function errors(view: View, { errors }: Tested): Html | null {
  if (errors.length === 0) return null;
  return html`<section><h2>Conditions that failed</h2>${table(
    'Errors start nothing',
    [
      {
        head: 'Code',
        cell: ({ code }) => html`<a href="${view.to(`/codes/${code}`)}"><code>${code}</code></a>`,
      },
      { head: 'Times', cell: ({ count }) => count },
      {
        head: 'Example',
        cell: ({ example }) =>
          html`${alertLink(view, { id: example.alert, title: example.alert })} ${data(example.detail)}`,
      },
    ],
    errors,
  )}</section>`;
}

function days({ days }: Tested): Html {
  return html`<section><h2>By day</h2>${table(
    'Days in UTC',
    [
      { head: 'Day', cell: ({ day }) => day },
      { head: 'Alerts', cell: ({ read }) => read },
      { head: 'Matched', cell: ({ matched }) => matched },
      { head: 'Runs', cell: ({ starts }) => starts },
      { head: 'Perhaps', cell: ({ depends }) => depends > 0 && depends },
      { head: 'Covered', cell: ({ covered }) => covered > 0 && covered },
    ],
    days,
  )}</section>`;
}

function matches(view: View, matches: readonly ToldMatch[]): Html | null {
  if (matches.length === 0) return null;
  return html`<section><h2>First matches</h2>${table(
    'The oldest first',
    [
      { head: 'Alert', cell: ({ alert, title }) => alertLink(view, { id: alert, title }), leads: true },
      { head: 'Arrived', cell: ({ at }) => moment(at, view.nowMs) },
      {
        head: 'Runs',
        cell: ({ runs, more }) => html`${runs.map(run)}${more > 0 && html`<p>and ${more} more</p>`}`,
      },
    ],
    matches,
  )}</section>`;
}

function run({ standing, element, effects }: ToldRun): Html {
  return html`<p>${traceOutcome(standing)} ${element !== '' && data(element)}</p>${
    effects !== null &&
    html`<p class="small">${effects.actions.map(
      ({ action, target, reached, simulated }) =>
        html`${reached === 'maybe' && 'perhaps '}<code>${action}</code>${target !== null && html` on ${target.kind} ${data(target.id)}`}${simulated && ', only written down'}; `,
    )}${effects.questions.atMost === 0 ? 'asks nobody' : `asks ${span(effects.questions)}`}${effects.rules.map((each) => html`; guardrail <code>${each.rule}</code>: ${answers[each.answer].toLowerCase()}`)}${effects.more && '; and more'}</p>`
  }`;
}
