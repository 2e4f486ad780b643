import { nameOf } from '../../engine/core/cases/coverage-report.ts';
import { countWords, coverageWords } from '../../engine/core/cases/coverage-words.ts';
import type { CaseReason, PlayedCase, PlayedCases } from '../../engine/core/cases/play-published.ts';
import { isOld } from '../../engine/runtime/plays-with.ts';
import type { CasesDetail } from '../../engine/runtime/read/read-cases.ts';
import { codeLink } from './code-link.ts';
import { csrfField } from './csrf.ts';
import { marked, nameData } from './data.ts';
import { type Html, html } from './html.ts';
import { caseVerdict } from './states.ts';
import { empty } from './table.ts';
import { moment } from './times.ts';
import { versionAddress } from './version-list.ts';
import { may, type View } from './view.ts';

/*
 * Cases of a version as its page shows them: how they went, how much of the playbook they have seen and what not. What
 * they are called and say is their author's.
 */

export function casesAddress(view: View, playbook: string, version: number): string {
  return `${versionAddress(view, playbook, version)}/cases`;
}

/** For a page with the source of the playbook below it. */
export function casesPanel(view: View, playbook: string, version: number, cases: CasesDetail | null): Html {
  if (cases === null) return html`<section><h2>Cases</h2>${noCases()}</section>`;
  const { result } = cases;
  const wrong = result.cases.filter(({ verdict }) => verdict !== 'passed');
  const [first] = wrong;
  const address = casesAddress(view, playbook, version);
  return html`<section><h2>Cases</h2>${badge(result)}${oldNotice(view, playbook, version, cases)}
${first !== undefined && html`<p>${caseVerdict(first.verdict)} ${nameData(first.name)}${wrong.length > 1 && html` <span class="dim">and ${wrong.length - 1} more</span>`}</p>${reasonList(first.reasons.slice(0, 1), address)}`}
${problemList(result, address)}${notSeen(result, '', 5)}
<p><a href="${address}">All ${result.cases.length} cases</a></p></section>`;
}

function noCases(): Html {
  return empty(
    'No cases were published with this version.',
    html`Write <code>name.cases.yaml</code> beside <code>name.yaml</code> (<code>riposte test --suggest</code> writes a first one) and publish it again: <code>riposte publish</code> takes it along.`,
  );
}

/** Passed or not, and how much was seen, in a word and in numbers. */
export function badge({ counts, coverage, problems }: PlayedCases): Html {
  const verdict =
    counts.failed > 0 || problems.length > 0 ? 'failed' : counts.toRecord > 0 ? 'to-record' : 'passed';
  return html`<p class="lead">${caseVerdict(verdict)} <span class="chip">${countWords(counts)}</span> <span class="chip">${coverageWords(coverage.groups)}</span></p>`;
}

/** With the way to a new result, for those who may. */
export function oldNotice(view: View, playbook: string, version: number, cases: CasesDetail): Html | false {
  const { playedWith, playedAt } = cases;
  if (!isOld(playedWith, view.deps.installed)) return false;
  const play = `${casesAddress(view, playbook, version)}/play`;
  return html`<div class="notice warn"><p><strong>An old result.</strong> They were played ${moment(playedAt, view.nowMs)} with ${playedWith.engine}; this server has another release or other actions, and they may go differently now.</p>
${may(view, 'playbooks.check') && html`<form method="post" action="${play}">${csrfField(view)}<button>Play them again</button></form>`}</div>`;
}

export function reasonList(reasons: readonly CaseReason[], cases: string): Html | false {
  return (
    reasons.length > 0 &&
    html`<ul class="plain small">${reasons.map(
      ({ line, message }) =>
        html`<li><a href="${`${cases}#L${line}`}">Line ${line}</a> ${marked(message)}</li>`,
    )}</ul>`
  );
}

export function problemList({ problems }: PlayedCases, cases: string): Html | false {
  return (
    problems.length > 0 && html`<p>The file is not in order:</p>${reasonList(problems.slice(0, 20), cases)}`
  );
}

/** Steps that no case reaches have branches that none takes: those alone are named. */
export function notSeen({ coverage }: PlayedCases, source: string, most: number): Html | false {
  const missing = coverage.points.filter(({ group, hits }) => hits === 0 && group !== 'steps');
  if (missing.length === 0) return false;
  const shown = missing.slice(0, most);
  return html`<p>No case has seen:</p><ul class="plain small">${shown.map(
    (point) =>
      html`<li><a href="${`${source}#L${point.line}`}">Line ${point.line}</a> <code>${nameOf(point)}</code> ${point.what}</li>`,
  )}${missing.length > shown.length && html`<li>and ${missing.length - shown.length} more</li>`}</ul>`;
}

/** For a row of a list: what went wrong first. */
export function firstReason({ reasons }: PlayedCase, view: View): Html | null {
  const [reason] = reasons;
  if (reason === undefined) return null;
  return html`<a href="#L${reason.line}">Line ${reason.line}</a> ${marked(reason.message)} <span class="small">${codeLink(view, reason.code)}</span>`;
}
