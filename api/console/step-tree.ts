import { maskValues } from '../../engine/core/identity/mask-values.ts';
import { planPathOf } from '../../engine/core/run/scope-path.ts';
import type { ScopeCount, ScopeItem } from '../../engine/runtime/read/list-scopes.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import { isJsonObject, type Json } from '../../schemas/json.ts';
import { jsonData, marked } from './data.ts';
import { type Html, html } from './html.ts';
import { approvalLink, runLink, targetText } from './links.ts';
import { stateOf, stepState, undoState } from './states.ts';
import { momentOr } from './times.ts';
import { may, type View } from './view.ts';

export interface Tree {
  run: string;
  steps: readonly StepItem[];
  /** The items and rounds that are shown; there may be more. */
  scopes: readonly ScopeItem[];
  counts: readonly ScopeCount[];
  /** How deep each step of the plan lies in blocks, by plan path. */
  depths: ReadonlyMap<string, number>;
}

/** The steps of one scope as the plan nests them, and inside each loop some of its items. */
export function stepTree(view: View, tree: Tree, scope = 'run'): Html {
  return html`<ol class="steps">${stepsOf(view, tree, scope, 0)}</ol>`;
}

/** Items of one loop with their steps. */
export function itemTree(view: View, tree: Tree): Html {
  return html`<ol class="steps">${tree.scopes.map((item) => itemOf(view, tree, item, 0))}</ol>`;
}

function stepsOf(view: View, tree: Tree, scope: string, level: number): Html[] {
  const own = tree.steps.filter((step) => step.scope === scope);
  const base = scope === 'run' ? 0 : Math.min(...own.map((step) => depthOf(tree, step)));
  return own.map((step) => {
    const depth = level + depthOf(tree, step) - base;
    const inside = tree.scopes.filter((item) => item.step === step.path);
    return html`<li class="depth-${deepest(depth)}">${stepOf(view, step)}</li>
${inside.map((item) => itemOf(view, tree, item, depth + 1))}${moreOf(view, tree, step, inside.length, depth + 1)}`;
  });
}

function itemOf(view: View, tree: Tree, item: ScopeItem, depth: number): Html {
  return html`<li class="item depth-${deepest(depth)}"><p>${stateOf(item.state)} <strong>${nameOf(view, tree, item)}</strong></p></li>
${stepsOf(view, tree, item.path, depth + 1)}`;
}

/** How all items of a loop stand, and the way to those that are not shown. */
function moreOf(view: View, tree: Tree, step: StepItem, shown: number, depth: number): Html | null {
  const counts = tree.counts.filter((each) => each.step === step.path);
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total <= shown) return null;
  const address = view.to(
    `/runs/${encodeURIComponent(tree.run)}/items?step=${encodeURIComponent(step.path)}`,
  );
  return html`<li class="item depth-${deepest(depth)}"><p>${shown} of ${total} shown, those first that failed or wait.
${counts.map(({ state, count }) => html`<a href="${`${address}&state=${encodeURIComponent(state)}`}">${stateOf(state)} ${count}</a> `)}
<a href="${address}">All of them</a></p></li>`;
}

/** What people call it: a name the item carries, else its key. */
function nameOf(view: View, tree: Tree, { path, kind, index, key, value }: ScopeItem): Html {
  if (kind === 'round') return html`Round ${index + 1}`;
  const said = isJsonObject(value) ? (value.name ?? value.upn ?? value.subject ?? value.title) : null;
  const own = tree.steps.find((step) => step.scope === path && step.target?.id === key && key !== null);
  const named = own?.target?.name ?? said;
  if (kind === 'undo') return html`Take back ${index + 1}`;
  if (typeof named === 'string' && named !== '' && may(view, 'values.read')) return marked(named);
  return marked(key ?? String(index + 1));
}

function stepOf(view: View, step: StepItem): Html {
  return html`<div class="step"><p>${stepState(step)} <strong>${step.name}</strong> <span class="dim">${step.kind}</span> ${step.undo !== null && undoState(step.undo)}</p>
<p class="small">${aboutStep(view, step).map((part, n) => [n > 0 && ' · ', part])}</p>
${fold('Failure', shown(view, step.failure))}${fold('Denied', shown(view, step.denial))}${fold('Outputs', shown(view, step.outputs))}</div>`;
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

function depthOf({ depths }: Tree, step: StepItem): number {
  return depths.get(planPathOf(step.path)) ?? 0;
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
