import { maskValues } from '../../engine/core/identity/mask-values.ts';
import type { ScopeItem } from '../../engine/runtime/read/list-scopes.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import { isJsonObject, type Json } from '../../schemas/json.ts';
import { jsonData, marked } from './data.ts';
import { type Html, html } from './html.ts';
import { approvalLink, runLink, targetText } from './links.ts';
import type { RunAddress } from './run-tabs.ts';
import { stateOf, stepState, undoState } from './states.ts';
import { rowsOfItems, rowsOfRun, type Tree, type TreeRow } from './step-rows.ts';
import { momentOr } from './times.ts';
import { may, type View } from './view.ts';

/** The steps of a run as the plan nests them, each a link to its detail, and inside each loop some of its items. */
export function stepTree(view: View, tree: Tree, at: RunAddress): Html {
  return html`<ol class="steps">${rowsOfRun(tree).map((row) => rowOf(view, tree, row, at, false))}</ol>`;
}

/** Items of one loop with their steps, and what each gave. */
export function itemTree(view: View, tree: Tree, at: RunAddress): Html {
  return html`<ol class="steps">${rowsOfItems(tree).map((row) => rowOf(view, tree, row, at, true))}</ol>`;
}

function rowOf(view: View, tree: Tree, row: TreeRow, at: RunAddress, folds: boolean): Html {
  const depth = `depth-${deepest(row.depth)}`;
  switch (row.is) {
    case 'step':
      return html`<li class="${depth}">${stepOf(view, row.step, at, folds)}</li>`;
    case 'messages':
      return html`<li class="${depth}"><details${row.steps.some(({ path }) => path === at.step) && html` open`}><summary>${messages(row.steps)}</summary><ol class="plain">${row.steps.map((step) => html`<li>${stepOf(view, step, at, folds)}</li>`)}</ol></details></li>`;
    case 'item':
      return html`<li class="item ${depth}"><p>${stateOf(row.item.state)} <strong>${nameOf(view, tree, row.item)}</strong></p></li>`;
    case 'planned':
      return html`<li class="${depth}"><p>${stateOf('pending')} ${row.planned.name} <span class="dim">${row.planned.kind}</span></p></li>`;
    case 'more':
      return html`<li class="item ${depth}">${moreOf(view, tree.run, row)}</li>`;
  }
}

/** What stands where several messages to people are folded. */
export function messages(steps: readonly StepItem[]): Html {
  return html`${steps.length} messages ${steps.every(({ simulated }) => simulated) ? 'pretended' : 'sent'}`;
}

/** How all items of a loop stand, and the way to those that are not shown. */
function moreOf(view: View, run: string, row: TreeRow & { is: 'more' }): Html {
  const address = view.to(`/runs/${encodeURIComponent(run)}/items?step=${encodeURIComponent(row.step.path)}`);
  return html`<p>${row.shown} of ${row.total} shown, those first that failed or wait.
${row.counts.map(({ state, count }) => html`<a href="${`${address}&state=${encodeURIComponent(state)}`}">${stateOf(state)} ${count}</a> `)}
<a href="${address}">All of them</a></p>`;
}

/** What people call it: a name the item carries, else its key. */
export function nameOf(view: View, tree: Tree, { path, kind, index, key, value }: ScopeItem): Html {
  if (kind === 'round') return html`Round ${index + 1}`;
  const said = isJsonObject(value) ? (value.name ?? value.upn ?? value.subject ?? value.title) : null;
  const own = tree.steps.find((step) => step.scope === path && step.target?.id === key && key !== null);
  const named = own?.target?.name ?? said;
  if (kind === 'undo') return html`Take back ${index + 1}`;
  if (typeof named === 'string' && named !== '' && may(view, 'values.read')) return marked(named);
  return marked(key ?? String(index + 1));
}

function stepOf(view: View, step: StepItem, at: RunAddress, folds: boolean): Html {
  return html`<div class="step"><p>${stepState(step)} <a href="${at.toStep(step.path)}"${step.path === at.step && html` aria-current="true"`}><strong>${step.name}</strong></a> <span class="dim">${step.kind}</span> ${step.undo !== null && undoState(step.undo)}</p>
<p class="small">${aboutStep(view, step).map((part, n) => [n > 0 && ' · ', part])}</p>${
    folds &&
    html`
${fold('Failure', shown(view, step.failure))}${fold('Denied', shown(view, step.denial))}${fold('Outputs', shown(view, step.outputs))}`
  }</div>`;
}

function aboutStep(view: View, step: StepItem): Html[] {
  const { action, target, attempts, simulated, approvalId, childRunId, finishedAt } = step;
  const parts = [
    (action !== null || target !== null) &&
      html`${action !== null && html`<code>${action}</code> `}${target !== null && targetText(target)}`,
    attempts > 1 && html`${attempts} attempts`,
    simulated && html`<span class="chip">pretended</span>`,
    approvalId !== null && approvalLink(view, approvalId, 'question'),
    childRunId !== null && html`started ${runLink(view, childRunId)}`,
    finishedAt !== null && momentOr(finishedAt, view.nowMs),
  ];
  return parts.filter((part) => part !== false);
}

/** As deep as the stylesheet and a phone go. */
function deepest(depth: number): number {
  return Math.min(depth, 6);
}

export function shown(view: View, value: Json): Json {
  return may(view, 'values.read') ? value : maskValues(value);
}

export function fold(name: string, value: Json): Html | null {
  if (value === null || (isJsonObject(value) && Object.keys(value).length === 0)) return null;
  return html`<details><summary>${name}</summary>${jsonData(value)}</details>`;
}
