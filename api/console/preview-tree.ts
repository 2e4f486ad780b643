import type {
  PreviewGuard,
  PreviewStep,
  PreviewTree,
  PreviewValue,
} from '../../engine/core/preview/preview.ts';
import { data, jsonData, marked } from './data.ts';
import { type Html, html } from './html.ts';
import { reachedState } from './states.ts';

/** What a run would do, step by step as the plan nests them. Everything in it may come from an alert. */
export function previewTree({
  steps,
  onFailure,
  finally: last,
}: Pick<PreviewTree, 'steps' | 'onFailure' | 'finally'>): Html {
  return html`${part('Steps', steps)}${part('If the run fails', onFailure)}${part('Finally, however it ended', last)}`;
}

function part(title: string, steps: readonly PreviewStep[]): Html | null {
  return steps.length === 0
    ? null
    : html`<h3>${title}</h3><ol class="steps">${steps.flatMap((step) => stepItems(step, 0))}</ol>`;
}

function stepItems(step: PreviewStep, depth: number): Html[] {
  const { reached, name, id, kind, does, about } = step;
  const head = html`<p>${reachedState(reached)} <strong>${name === '' ? id : name}</strong> <span class="dim">${does === 'block' ? name !== kind && kind : does}</span> ${about !== '' && data(about)}</p>`;
  const inside = reached === 'no' ? [] : tellings(step);
  const item = html`<li class="depth-${deepest(depth)}"><div class="step">${head}${inside.map((each) => html`<div class="small">${each}</div>`)}${argumentsOf(step)}</div></li>`;
  if (reached === 'no') return [item];
  const blocks = step.blocks.flatMap((block) => [
    html`<li class="item depth-${deepest(depth + 1)}"><p>${reachedState(block.reached)} ${data(block.label)}</p></li>`,
    ...(block.reached === 'no' ? [] : block.steps.flatMap((each) => stepItems(each, depth + 2))),
  ]);
  return [item, ...blocks];
}

function tellings({ action, ask, guards, denied, fails, undo, notes, if: condition }: PreviewStep): Html[] {
  const told = [
    condition !== null &&
      html`if ${data(condition.text)}${condition.outcome === 'open' && html`, depends on ${data(condition.dependsOn.join(', '))}`}`,
    action !== null &&
      html`<code>${action.key}</code> <span class="chip ${action.class}">${action.class}</span>${action.target !== null && html` on ${action.target.kind} ${value(action.target.id)}`}${action.simulated && ', only written down'}`,
    ...guards.filter(({ verdict }) => verdict !== 'allows').map(guardTold),
    denied !== null && html`<strong>Denied:</strong> ${marked(denied)}`,
    ask !== null &&
      ask.asks !== 'no' &&
      html`${asks[ask.asks]} ${ask.asks !== 'covered' && data(ask.approvers.join(', '))}${ask.quorum > 1 && `, ${ask.quorum} people`}${ask.question !== null && html`: ${value(ask.question)}`}`,
    undo !== null &&
      (undo.is === 'action'
        ? html`taken back by <code>${undo.action}</code>`
        : html`cannot be taken back: ${marked(undo.reason)}`),
    fails !== null && html`<strong>Fails:</strong> ${marked(fails)}`,
    ...notes.map((note) => marked(note)),
  ];
  return told.filter((each) => each !== false);
}

const asks = { yes: 'Asks', sometimes: 'Asks perhaps', covered: 'Its gate has asked already' } as const;

function guardTold({ id, of, verdict, message, dependsOn }: PreviewGuard): Html {
  const whose = of === 'guardrails' ? 'Guardrail' : 'Guard';
  const says = {
    denies: 'denies it',
    asks: 'has people asked',
    open: 'depends on',
    counts: 'counts it',
    allows: 'allows it',
  };
  return html`${whose} <code>${id}</code> ${says[verdict]}${verdict === 'open' ? html` ${data(dependsOn.join(', '))}` : html`: ${marked(message)}`}`;
}

function argumentsOf({ action, reached }: PreviewStep): Html | null {
  if (action === null || reached === 'no' || action.arguments.length === 0) return null;
  return html`<details><summary>Arguments</summary><dl class="facts-line">${action.arguments.map(
    (each) => html`<div><dt>${each.name}</dt><dd>${value(each)}</dd></div>`,
  )}</dl></details>`;
}

export function value({ known, value: shown, dependsOn }: PreviewValue): Html {
  return html`${jsonData(shown)}${!known && dependsOn.length > 0 && html` <span class="dim">from ${data(dependsOn.join(', '))}</span>`}`;
}

/** As deep as the stylesheet tells apart. */
function deepest(depth: number): number {
  return Math.min(depth, 6);
}
