import type { ImpactedItem } from '../../../engine/runtime/read/list-impacted.ts';
import type { IncidentDetail } from '../../../engine/runtime/read/read-incident.ts';
import { readTarget } from '../../../engine/runtime/read/target.ts';
import { foundOrGone } from '../../http/found-or-gone.ts';
import { impactedFor } from '../../http/mask-impacted.ts';

import { statusOf } from '../../http/status-of.ts';
import { actionList, effects } from '../action-list.ts';
import { alertList } from '../alert-list.ts';
import type { Asked } from '../asked.ts';
import { containedList } from '../contained-list.ts';
import { data, marked } from '../data.ts';
import { evidence } from '../evidence.ts';
import { type Html, html } from '../html.ts';
import { impactedList } from '../impacted-list.ts';
import { incidentBanner } from '../incident-banner.ts';
import { incidentForm, readIncidentWord } from '../incident-form.ts';
import { incidentState, verdictOf } from '../incident-words.ts';
import type { Form } from '../read-form.ts';
import { runList } from '../run-list.ts';
import { severity } from '../states.ts';
import { storyList } from '../story-list.ts';
import { addressWith, empty, pager } from '../table.ts';
import { taskList } from '../task-card.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';
import { waitingList } from '../waiting-list.ts';

/** One incident: what stands, what waits, what happened to what. Opening it changes nothing. */
export function incidentPage(view: View, { id, query }: Asked): Promise<PageReply> {
  return page(view, id, query, { status: 200, wrong: null });
}

/** The use case judges in its transaction whether the incident still is as it was shown. */
export async function changeIncident(view: View, { id, query, form }: Asked): Promise<Reply> {
  const answer = await view.deps.useCases.changeIncident(view.caller, { id, ...readIncidentWord(form) });
  if (answer.ok) return { redirect: `/incidents/${encodeURIComponent(id)}` };
  const wrong = `Nothing was changed: ${answer.detail}. Below it is as it stands now.`;
  return page(view, id, query, { status: statusOf(answer.code), wrong });
}

/** More stand in the list that each section leads to. */
const shownMost = 25;

async function page(
  view: View,
  id: string,
  query: Form,
  { status, wrong }: { status: number; wrong: string | null },
): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const incident = await foundOrGone(await read.readIncident(tenant, id), { read, tenant }, id);
  const most = { limit: shownMost };
  const [holds, asked, unknown, impacted, actions] = await Promise.all([
    read.listContained(tenant, { incident: id }, most),
    read.listApprovals(tenant, { incident: id, status: ['pending'], sort: 'expiresAt' }, most),
    read.listTasks(tenant, { incident: id, state: ['open'], sort: 'answerBefore' }, most),
    read.listImpacted(tenant, id, { limit: shownMost, cursor: query('targets') }),
    read.listActions(tenant, { incident: id, class: effects }, most),
  ]);
  const path = view.to(`/incidents/${encodeURIComponent(id)}`);
  const all = (list: string, word: string) =>
    html`<p><a href="${view.to(`${list}incident=${encodeURIComponent(id)}`)}">${word}</a></p>`;
  return {
    status,
    title: incident.title,
    section: 'incidents',
    ...(wrong === null && { live: ['incidents', 'runs'] as const }),
    content: html`<article>
${header(view, incident)}
${may(view, 'incidents.update') && incidentForm(view, incident, wrong)}
${incidentBanner(view, incident, holds.items)}
${(asked.items.length > 0 || unknown.items.length > 0) && html`<section><h2>Waits for people</h2>${asked.items.length > 0 && waitingList(view, asked.items)}${unknown.items.length > 0 && taskList(view, unknown.items)}${(asked.next !== null || unknown.next !== null) && html`<p class="small">These are the first. <a href="${view.to('/actions')}">All that waits for people</a></p>`}</section>`}
${await story(view, id, path, query)}
<section id="targets"><h2>Targets</h2>${
      impacted.items.length === 0
        ? html`<p class="dim">No alert names one, and no run changed one.</p>`
        : impactedList(
            view,
            id,
            impacted.items.map((item) => impactedFor(view.caller, item)),
            (item) => storyOf(path, item),
          )
    }${impacted.next !== null && html`<p><a href="${addressWith(path, query, ['target', 'order'], { targets: impacted.next })}#targets">Further targets</a></p>`}</section>
${holds.items.length > 0 && html`<section id="contained"><h2>Contained now</h2>${containedList(view, holds.items)}${holds.next !== null && all('/contained?', 'All that is contained for it')}</section>`}
<section><h2>Actions</h2>${actions.items.length === 0 ? html`<p class="dim">Nothing was done for it.</p>` : await actionList(view, 'Actions', actions.items, id)}${actions.next !== null && all('/actions?tab=history&', 'All actions of it')}</section>
<section><h2>Runs</h2>${incident.newestRuns.length === 0 ? html`<p class="dim">No playbook answered it. Each alert says why.</p>` : runList(view, incident.newestRuns.slice(0, shownMost))}${incident.newestRuns.length > shownMost && all('/runs?', 'All runs of it')}</section>
<section><h2>Alerts</h2>${alertList(view, incident.newestAlerts.slice(0, shownMost))}${incident.newestAlerts.length > shownMost && all('/alerts?', 'All alerts of it')}</section>
${evidence(view, { kind: 'incident', id })}
</article>`,
  };
}

function header(view: View, incident: IncidentDetail): Html {
  const { id, title, owner, source, sourceId, createdAt } = incident;
  return html`<header><p class="dim"><a href="${view.to('/incidents')}">Incidents</a></p><h1>${marked(title)}</h1>
<p class="lead">${severity(incident.severity)} · ${incidentState(incident.status)} · ${verdictOf(incident.classification)}</p></header>
<dl class="facts-line"><div><dt>Owner</dt><dd>${owner === null ? html`<span class="dim">nobody</span>` : data(owner)}</dd></div>
<div><dt>Began</dt><dd>${moment(createdAt, view.nowMs)}</dd></div>
<div><dt>Source</dt><dd>${data(source)} <span class="dim">calls it ${data(sourceId)}</span></dd></div>
<div><dt>Incident</dt><dd><code class="wrap">${id}</code></dd></div></dl>
${incident.contained === 0 && incident.newestRuns.length > 0 && may(view, 'runs.undo') && html`<p><a class="button" data-shortcut="u" href="${view.to(`/incidents/${encodeURIComponent(id)}/undo`)}">Take back the whole incident</a></p>`}`;
}

async function story(view: View, id: string, path: string, query: Form): Promise<Html> {
  const newest = query('order') === 'newest';
  const named = query('target');
  const target = named === undefined ? undefined : readTarget(named);
  const told = await view.deps.read.listStory(
    view.deps.tenant,
    id,
    { target: target ?? undefined, sort: newest ? '-at' : 'at' },
    { limit: 50, cursor: query('cursor') },
  );
  const order = (word: string, more: { [name: string]: string }, now: boolean) =>
    html`<a href="${addressWith(path, query, ['target'], more)}#story"${now && html` aria-current="true"`}>${word}</a>`;
  return html`<section id="story"><h2>Story</h2>
<p class="filters">${order('Oldest first', {}, !newest)} ${order('Newest first', { order: 'newest' }, newest)}${
    named !== undefined &&
    html` <span aria-current="true">Only ${data(named)}</span> <a href="${path}#story">Of all targets</a>`
  }</p>${target === null && html`<p role="alert">A target is written kind:id, for example host:H17. The story of all is shown.</p>`}${
    told.items.length === 0
      ? empty('Nothing happened to it.', 'Runs as a whole name no target.')
      : storyList(view, told.items)
  }${pager(path, query, ['target', 'order'], told.next, ['From the start', 'Further'])}
<p class="small dim">Who ordered an undo, and why, is told by the audit log.</p></section>`;
}

function storyOf(path: string, { kind, id }: ImpactedItem): string {
  return `${path}?${new URLSearchParams({ target: `${kind}:${id}` })}#story`;
}
