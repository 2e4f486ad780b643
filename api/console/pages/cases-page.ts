import type { PlayedCase } from '../../../engine/core/cases/play-published.ts';
import type { CasesDetail } from '../../../engine/runtime/read/read-cases.ts';
import { found } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { badge, casesAddress, firstReason, notSeen, oldNotice, problemList } from '../cases-panel.ts';
import { nameData, numberedSource } from '../data.ts';
import { type Html, html } from '../html.ts';
import { caseVerdict } from '../states.ts';
import { table } from '../table.ts';
import { moment } from '../times.ts';
import { versionAddress } from '../version-list.ts';
import type { PageReply, Reply, View } from '../view.ts';

/* Every case of a version, and the file that was published. */

/** Those that did not pass come first; `riposte cases` shows all. */
const casesShown = 100;
const pointsShown = 50;

export function casesPage(view: View, asked: Asked): Promise<PageReply> {
  return page(view, asked, null);
}

export async function playCases(view: View, asked: Asked): Promise<Reply> {
  const { id: playbookId, version } = asked;
  const { publishedVersion } = found(await view.deps.read.readVersion(view.deps.tenant, playbookId, version));
  const answer = await view.deps.useCases.playCases(view.caller, { playbookId, version: publishedVersion });
  if (!answer.ok) return page(view, asked, answer.detail, statusOf(answer.code));
  return { redirect: placeOf(playbookId, publishedVersion) };
}

export function backToCases(_view: View, { id, version }: Asked): Reply {
  return { redirect: `/playbooks/${encodeURIComponent(id)}/versions/${encodeURIComponent(version)}/cases` };
}

function placeOf(id: string, version: number): string {
  return `/playbooks/${encodeURIComponent(id)}/versions/${version}/cases`;
}

async function page(
  view: View,
  { id, version, query }: Asked,
  wrong: string | null,
  status = 200,
): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const shown = found(await read.readVersion(tenant, id, version));
  const number = shown.publishedVersion;
  const which = /^[1-9]\d{0,8}$/.test(query('number') ?? '') ? Number(query('number')) : null;
  const cases = found(await read.readCases(tenant, id, number, which));
  const newest = cases.published[0]?.number === cases.number;
  return {
    status,
    title: `Cases of ${shown.title}, version ${number}`,
    section: 'playbooks',
    content: html`${wrong !== null && html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p><strong>They were not played.</strong> The result below is the one before.</p><p>${wrong}</p></div>`}
<article><p class="dim"><a href="${view.to(`/playbooks/${encodeURIComponent(id)}`)}">${shown.title}</a> · <a href="${versionAddress(view, id, number)}">Version ${number}</a></p><h1>Cases</h1>
${badge(cases.result)}${newest ? oldNotice(view, id, number, cases) : html`<p>Newer ones count: <a href="${casesAddress(view, id, number)}">cases ${cases.published[0]?.number}</a>.</p>`}
${facts(view, cases)}${problemList(cases.result, '')}
${list(view, cases.result.cases)}
${cases.result.reasonsLeftOut > 0 && html`<p>${cases.result.reasonsLeftOut} more reasons were not kept; <code>riposte test</code> prints them all.</p>`}
${coverage(view, id, number, cases)}${others(view, id, number, cases)}
<section><h2>Source</h2>${numberedSource(cases.source)}</section><p><a href="${view.to(`/v1${placeOf(id, number)}/source?number=${cases.number}`)}">The file as it was published</a></p></article>`,
  };
}

function facts(view: View, cases: CasesDetail): Html {
  const { playedWith } = cases;
  return html`<dl class="facts-line"><div><dt>Published</dt><dd>${moment(cases.publishedAt, view.nowMs)} by ${cases.publishedBy}</dd></div>
<div><dt>Played</dt><dd>${moment(cases.playedAt, view.nowMs)} by ${cases.playedBy}, engine ${playedWith.engine}</dd></div>
<div><dt>SHA-256</dt><dd><code class="wrap">${cases.sha256}</code></dd></div></dl>`;
}

function list(view: View, cases: readonly PlayedCase[]): Html {
  const ordered = [
    ...cases.filter(({ verdict }) => verdict !== 'passed'),
    ...cases.filter(({ verdict }) => verdict === 'passed'),
  ];
  const left = ordered.length - casesShown;
  return html`${table<PlayedCase>(
    'Cases',
    [
      {
        head: 'Case',
        cell: ({ name, line }) => html`<a href="#L${line}">${nameData(name)}</a>`,
        leads: true,
      },
      { head: 'Result', cell: ({ verdict }) => caseVerdict(verdict) },
      { head: 'First reason', cell: (each) => firstReason(each, view) },
    ],
    ordered.slice(0, casesShown),
  )}${left > 0 && html`<p>and ${left} more, of which ${countPassed(ordered.slice(casesShown))} passed; <code>riposte cases</code> shows all.</p>`}`;
}

function countPassed(cases: readonly PlayedCase[]): number {
  return cases.filter(({ verdict }) => verdict === 'passed').length;
}

function coverage(view: View, id: string, version: number, { result }: CasesDetail): Html {
  const missing = notSeen(result, versionAddress(view, id, version), pointsShown);
  return html`<section><h2>What they cover</h2>${missing === false ? html`<p>Each branch and each answer of a person that the playbook has.</p>` : missing}</section>`;
}

/** Earlier files of the same version stay readable. */
function others(view: View, id: string, version: number, { published, number }: CasesDetail): Html | false {
  const rest = published.filter((each) => each.number !== number);
  return (
    rest.length > 0 &&
    html`<section><h2>Others of this version</h2><ul class="plain">${rest.map(
      (each) =>
        html`<li><a href="${`${casesAddress(view, id, version)}?number=${each.number}`}">Cases ${each.number}</a>, ${moment(each.publishedAt, view.nowMs)} by ${each.publishedBy}</li>`,
    )}</ul></section>`
  );
}
