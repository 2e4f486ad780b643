import { stepStates } from '../../../engine/core/graph/step-states.ts';
import type { StepItem } from '../../../engine/runtime/read/list-steps.ts';
import type { UndoRecordItem } from '../../../engine/runtime/read/list-undo-records.ts';
import type { RunDetail } from '../../../engine/runtime/read/read-run.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { foundOrGone } from '../../http/found-or-gone.ts';
import { artifactList } from '../artifact-list.ts';
import type { Asked } from '../asked.ts';
import { evidence } from '../evidence.ts';
import { type Html, html } from '../html.ts';
import { targetText } from '../links.ts';
import { loopsOf, planOf, planSteps } from '../plan-steps.ts';
import { playbookGraph } from '../playbook-graph.ts';
import { runEntries } from '../run-entries.ts';
import { runHead } from '../run-head.ts';
import { runOrders } from '../run-orders.ts';
import { runRaw } from '../run-raw.ts';
import { type RunAddress, runAddress, runTabs } from '../run-tabs.ts';
import { undoState } from '../states.ts';
import { stepDetail } from '../step-detail.ts';
import type { Tree } from '../step-rows.ts';
import { fold, shown, stepTree } from '../step-tree.ts';
import { timeLine } from '../time-line.ts';
import type { PageReply, View } from '../view.ts';

/** One run: what it waits for, its steps as the plan nests them, its entries. */
export async function runPage(view: View, { id, query }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const run = await foundOrGone(await read.readRun(tenant, id), { read, tenant }, id);
  const plan = await planOf(view, run);
  const [tree, troubled, open, large] = await Promise.all([
    readTree(view, run, plan),
    read.listUndoRecords(tenant, { run: id }, { limit: 5 }),
    read.listApprovals(tenant, { run: id, status: ['pending'], sort: 'expiresAt' }, { limit: 25 }),
    read.listArtifacts(tenant, { run: id }, { limit: 20 }),
  ]);
  const at = runAddress(view, id, query);
  const underWay = ['queued', 'running', 'undoing'].includes(run.state);
  return {
    title: `${run.playbook.title} · run`,
    section: 'runs',
    live: [`runs:${id}`],
    ...(underWay && { refreshSeconds: 5 }),
    content: html`<article>${runHead(view, run, tree, open.items)}
${run.state === 'undo-incomplete' && html`<p role="alert">Not everything could be taken back. ${trouble(view, troubled.items)}</p>`}
${runOrders(view, run, tree.steps)}
${runTabs(at)}
${await shownAs(view, run, plan, tree, at)}
${artifactList(view, id, large)}
${evidence(view, { kind: 'run', id })}
</article>`,
  };
}

async function shownAs(
  view: View,
  run: RunDetail,
  plan: JsonObject | null,
  tree: Tree,
  at: RunAddress,
): Promise<Html> {
  switch (at.view) {
    case 'steps':
      return steps(view, run, tree, at);
    case 'graph':
      return (
        (plan && playbookGraph(plan, stepStates(tree.steps))) ??
        html`<p class="dim">The version that this run runs was compiled by another version of Riposte, or is not there any more, so it is not drawn. <a href="${at.toView('steps')}">Its steps</a></p>`
      );
    case 'time':
      return timeLine(view, run, tree, await questionsOf(view, run, tree), at);
    case 'raw':
      return runRaw(view, run);
  }
}

async function steps(view: View, run: RunDetail, tree: Tree, at: RunAddress): Promise<Html> {
  const chosen = at.step === null ? foremost(tree.steps) : await stepAt(view, run, tree, at.step);
  if (at.step !== null && chosen === null)
    return html`<p class="notice warn">This run has no such step, or has not come to it. <a href="${at.toView('steps')}">All steps</a></p>${stepTree(view, tree, at)}`;
  const here = { ...at, step: chosen?.path ?? null };
  return html`<div class="beside"><section><h2>Steps</h2>${stepTree(view, tree, here)}</section>
${await stepDetail(view, run, chosen)}</div>
<section><h2>Given and result</h2>${fold('What the run was given', shown(view, run.given))}${fold('Outputs', shown(view, run.outputs))}</section>
${await runEntries(view, run, at)}`;
}

/** What a reader has to know first: what failed, or what waits for a person. */
function foremost(all: readonly StepItem[]): StepItem | null {
  const asking = new Set(['asking', 'undecided', 'held']);
  return (
    all.find(({ status }) => status === 'failed') ??
    all.find(({ status, phase }) => status === 'active' && phase !== null && asking.has(phase)) ??
    null
  );
}

async function stepAt(view: View, run: RunDetail, tree: Tree, path: string): Promise<StepItem | null> {
  const inTree = tree.steps.find((step) => step.path === path);
  if (inTree !== undefined) return inTree;
  // Inside an item that is not among the shown ones.
  const [step] = await view.deps.read.stepsNamed(view.deps.tenant, [{ run: run.id, path }]);
  return step ?? null;
}

async function questionsOf({ deps }: View, run: RunDetail, tree: Tree) {
  const paths = tree.steps.filter(({ approvalId }) => approvalId !== null).map(({ path }) => path);
  const page = { limit: 200 };
  return (await deps.read.listApprovals(deps.tenant, { run: run.id, steps: paths, sort: '-createdAt' }, page))
    .items;
}

const itemsShown = 10;

/** The run's own steps, and of each loop the items that a person wants to see first. */
async function readTree(view: View, run: RunDetail, plan: JsonObject | null): Promise<Tree> {
  const { read, tenant } = view.deps;
  const foremostItems = await read.foremostScopes(tenant, run.id, itemsShown);
  const paths = new Set(['run']);
  // In list order an outer item comes before what is inside it.
  const scopes = foremostItems.filter(({ path, outer }) => paths.has(outer) && paths.add(path));
  const steps = await read.stepsOfScopes(tenant, run.id, [...paths]);
  const counts = await read.countScopes(tenant, run.id, loopsOf(steps));
  return { run: run.id, steps, scopes, counts, planned: planSteps(plan) };
}

/** Which records wait for a person; those of called runs stand in the list of all trouble. */
function trouble(view: View, records: readonly UndoRecordItem[]): Html {
  return html`${records.map(
    (record) =>
      html`<a href="${view.to(`/undo/${encodeURIComponent(record.id)}`)}">${targetText(record.target)}</a> ${undoState(record.state)} `,
  )}<a href="${view.to('/undo')}">All undo trouble</a>`;
}
