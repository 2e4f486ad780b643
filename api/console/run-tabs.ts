import { type Html, html } from './html.ts';
import type { Form } from './read-form.ts';
import { addressWith } from './table.ts';
import type { View } from './view.ts';

export type RunView = 'steps' | 'graph' | 'time' | 'raw';

const tabs: readonly { id: RunView; word: string }[] = [
  { id: 'steps', word: 'Steps' },
  { id: 'graph', word: 'Graph' },
  { id: 'time', word: 'Time line' },
  { id: 'raw', word: 'Raw' },
];

/** Where somebody stands on the page of a run: all of it is in the address. */
export interface RunAddress {
  view: RunView;
  /** The step whose detail is shown, by its path in the run; null while nobody has chosen one. */
  step: string | null;
  toStep(path: string): string;
  toView(view: RunView): string;
}

export function runAddress(view: View, run: string, query: Form): RunAddress {
  const path = view.to(`/runs/${encodeURIComponent(run)}`);
  const step = query('step') ?? null;
  const here = tabs.find(({ id }) => id === query('view'))?.id ?? 'steps';
  return {
    view: here,
    step,
    toStep: (other) => `${addressWith(path, query, [], { step: other })}#step`,
    toView: (other) => addressWith(path, query, [], other === 'steps' ? {} : { view: other }),
  };
}

export function runTabs(at: RunAddress): Html {
  return html`<nav class="tabs" aria-label="Views of this run"><ul>${tabs.map(
    ({ id, word }) =>
      html`<li><a href="${at.toView(id)}"${id === at.view && html` aria-current="page"`}>${word}</a></li>`,
  )}</ul></nav>`;
}
