import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import { isUnderWay, isUndoable } from '../routes/runs.ts';
import { type Html, html } from './html.ts';
import { may, type View } from './view.ts';

/** What a person may order about a run, each with a page of its own that says beforehand what follows. */
export function runOrders(view: View, run: RunDetail, steps: readonly StepItem[]): Html | null {
  const at = view.to(`/runs/${encodeURIComponent(run.id)}`);
  const broken = steps.find((step) => canRestart(view, run, step));
  const orders = [
    isUndoable(run.state) &&
      may(view, 'runs.undo') &&
      html`<a class="button" data-shortcut="u" href="${at}/undo">Take back what it did</a>`,
    broken !== undefined &&
      html`<a class="button" href="${restartAddress(view, run.id, broken.path)}">Restart from “${broken.name}”</a>`,
    isUnderWay(run) && may(view, 'runs.cancel') && html`<a class="button" href="${at}/cancel">Cancel</a>`,
  ].filter((order) => order !== false);
  return orders.length === 0 ? null : html`<p class="orders">${orders.map((order) => [order, ' '])}</p>`;
}

const restartable = ['failed', 'denied', 'cancelled', 'timed-out', 'undo-incomplete'];

export function isRestartable({ state }: Pick<RunDetail, 'state'>): boolean {
  return restartable.includes(state);
}

/** As far as rows tell; the use case knows more (`engine/core/run/restart.ts`) and says so. */
export function canRestart(view: View, run: RunDetail, step: StepItem): boolean {
  return (
    isRestartable(run) &&
    step.scope === 'run' &&
    (step.status === 'failed' || step.status === 'denied') &&
    may(view, 'runs.start')
  );
}

export function restartAddress(view: View, run: string, step: string): string {
  return view.to(`/runs/${encodeURIComponent(run)}/restart?step=${encodeURIComponent(step)}`);
}
