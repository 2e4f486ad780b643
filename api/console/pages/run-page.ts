import { stepStates } from '../../../engine/core/graph/step-states.ts';
import type { UndoRecordItem } from '../../../engine/runtime/read/list-undo-records.ts';
import type { RunDetail } from '../../../engine/runtime/read/read-run.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { foundOrGone } from '../../http/found-or-gone.ts';
import { isUndoable } from '../../routes/runs.ts';
import { artifactList } from '../artifact-list.ts';
import type { Asked } from '../asked.ts';
import { entryList, visibleEntries } from '../entry-list.ts';
import { evidence } from '../evidence.ts';
import { type Html, html } from '../html.ts';
import { alertLink, incidentLink, playbookLink, runLink, targetText } from '../links.ts';
import { playbookGraph } from '../playbook-graph.ts';
import { runWaits } from '../run-waits.ts';
import { severity, stateOf, undoState } from '../states.ts';
import { loopsOf, planOf, stepDepths } from '../step-depths.ts';
import { fold, shown, stepTree, type Tree } from '../step-tree.ts';
import { momentOr } from '../times.ts';
import { may, type PageReply, type View } from '../view.ts';

/** One run: what it waits for, its steps as the plan nests them, its entries. */
export async function runPage(view: View, { id }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const run = await foundOrGone(await read.readRun(tenant, id), { read, tenant }, id);
  const plan = await planOf(view, run);
  const [tree, entries, troubled, open, large] = await Promise.all([
    readTree(view, run, plan),
    // Reading the log is written down for those who ask, so a page does not do it by itself.
    view.look ? null : visibleEntries(view, { run: id }, { limit: 100 }, 'runPage'),
    read.listUndoRecords(tenant, { run: id }, { limit: 5 }),
    read.listApprovals(tenant, { run: id, status: ['pending'], sort: 'expiresAt' }, { limit: 25 }),
    read.listArtifacts(tenant, { run: id }, { limit: 20 }),
  ]);
  const graph = plan && playbookGraph(plan, stepStates(tree.steps));
  const underWay = ['queued', 'running', 'undoing'].includes(run.state);
  return {
    title: `${run.playbook.title} · run`,
    section: 'runs',
    live: [`runs:${id}`],
    ...(underWay && { refreshSeconds: 5 }),
    content: html`<article>
<header><p class="lead">${stateOf(run.state)} ${run.mode === 'audit' && html`<span class="chip">audit only: nothing is really done</span>`} ${runWaits(view, run, tree.steps, tree.counts, open.items)}</p>
<h1>${playbookLink(view, run.playbook)}</h1>
<p>${run.alert === null ? html`Started by ${run.startedBy}` : html`${alertLink(view, run.alert)} ${severity(run.alert.severity)}`}</p></header>
<dl class="facts-line"><div><dt>${run.startedAt === null ? 'Created' : 'Started'}</dt><dd>${momentOr(run.startedAt ?? run.createdAt, view.nowMs)}</dd></div>
<div><dt>Ended</dt><dd>${momentOr(run.endedAt, view.nowMs)}</dd></div>
<div><dt>Trigger</dt><dd>${run.trigger}</dd></div><div><dt>Mode</dt><dd>${run.mode}${run.askedMode !== null && html` (asked for: ${run.askedMode}; the guardrails allow no more)`}</dd></div>
${run.parentRunId !== null && html`<div><dt>Called by</dt><dd>${runLink(view, run.parentRunId)}</dd></div>`}
${run.incidentId !== null && html`<div><dt>Incident</dt><dd>${incidentLink(view, { id: run.incidentId })}</dd></div>`}
<div><dt>Run</dt><dd><code class="wrap">${run.id}</code></dd></div></dl>
${run.reason !== null && html`<p>${run.reason}</p>`}
${run.state === 'undo-incomplete' && html`<p role="alert">Not everything could be taken back. ${trouble(view, troubled.items)}</p>`}
${isUndoable(run.state) && may(view, 'runs.undo') && html`<p><a class="button" data-shortcut="u" href="${view.to(`/runs/${encodeURIComponent(id)}/undo`)}">Take back what it did</a></p>`}
<section><h2>Steps</h2>${stepTree(view, tree)}${graph !== null && html`<details><summary>As a drawing</summary>${graph}</details>`}</section>
<section><h2>Given and result</h2>${fold('What the run was given', shown(view, run.given))}${fold('Outputs', shown(view, run.outputs))}</section>
${artifactList(view, id, large)}
${entries !== null && html`<section data-keep><h2>Entries</h2>${entries.items.length === 0 ? html`<p class="dim">None in the log yet, or none that you may see.</p>` : await entryList(view, entries.items)}${entries.next !== null && html`<p><a href="${view.to(`/audit?run=${encodeURIComponent(id)}`)}">All entries of this run</a></p>`}</section>`}
${view.look && may(view, 'audit.read-own') && html`<section data-keep><h2>Entries</h2></section><p class="small dim">The entries are those of when you opened the page. <a href="${view.to(`/runs/${encodeURIComponent(id)}`)}">Read them as they are now</a></p>`}
${evidence(view, { kind: 'run', id })}
</article>`,
  };
}

const itemsShown = 10;

/** The run's own steps, and of each loop the items that a person wants to see first. */
async function readTree(view: View, run: RunDetail, plan: JsonObject | null): Promise<Tree> {
  const { read, tenant } = view.deps;
  const foremost = await read.foremostScopes(tenant, run.id, itemsShown);
  const paths = new Set(['run']);
  // In list order an outer item comes before what is inside it.
  const scopes = foremost.filter(({ path, outer }) => paths.has(outer) && paths.add(path));
  const steps = await read.stepsOfScopes(tenant, run.id, [...paths]);
  const counts = await read.countScopes(tenant, run.id, loopsOf(steps));
  return { run: run.id, steps, scopes, counts, depths: stepDepths(plan) };
}

/** Which records wait for a person; those of called runs stand in the list of all trouble. */
function trouble(view: View, records: readonly UndoRecordItem[]): Html {
  return html`${records.map(
    (record) =>
      html`<a href="${view.to(`/undo/${encodeURIComponent(record.id)}`)}">${targetText(record.target)}</a> ${undoState(record.state)} `,
  )}<a href="${view.to('/undo')}">All undo trouble</a>`;
}
