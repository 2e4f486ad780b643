import type { ApprovalItem } from '../../engine/runtime/read/list-approvals.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import { type Html, html, type Value } from './html.ts';
import type { RunAddress } from './run-tabs.ts';
import { stateOf, stepState } from './states.ts';
import { rowsOfRun, type Tree, type TreeRow } from './step-rows.ts';
import { messages, nameOf } from './step-tree.ts';
import { table } from './table.ts';
import { momentOr, span } from './times.ts';
import type { View } from './view.ts';

interface Span {
  fromMs: number;
  toMs: number;
}

/** When each step began, how long it took and how much of that people were asked: in words, and the same as bars. */
export function timeLine(
  view: View,
  run: RunDetail,
  tree: Tree,
  asked: readonly ApprovalItem[],
  at: RunAddress,
): Html {
  const whole = spanOf(run.startedAt ?? run.createdAt, run.endedAt, view.nowMs);
  const waitsOf = (step: StepItem) =>
    asked
      .filter((question) => question.step === step.path)
      .map(({ createdAt, endedAt }) => spanOf(createdAt, endedAt, view.nowMs));
  const ofStep = (row: TreeRow, cell: (step: StepItem) => Value) =>
    row.is === 'step' ? cell(row.step) : null;
  return html`<p class="small dim">From the start of the run to ${run.endedAt === null ? 'now' : 'its end'}: ${inWords(whole)}. A full bar is the step itself, an empty one is the time in which people were asked.</p>
${table<TreeRow>(
  'Time line',
  [
    { head: 'Step', cell: (row) => nameOfRow(view, tree, row, at) },
    { head: 'State', cell: (row) => stateOfRow(row) },
    { head: 'Began', cell: (row) => ofStep(row, ({ startedAt }) => momentOr(startedAt, view.nowMs)) },
    { head: 'Took', cell: (row) => ofStep(row, (step) => took(step, view.nowMs)) },
    { head: 'Waited for people', cell: (row) => ofStep(row, (step) => sumOf(waitsOf(step))) },
    { head: 'Bar', cell: (row) => ofStep(row, (step) => bar(step, waitsOf(step), whole, view.nowMs)) },
  ],
  rowsOfRun(tree),
)}`;
}

function nameOfRow(view: View, tree: Tree, row: TreeRow, at: RunAddress): Value {
  switch (row.is) {
    case 'step':
      return html`<a href="${at.toStep(row.step.path)}">${row.step.name}</a>`;
    case 'messages':
      return messages(row.steps);
    case 'item':
      return nameOf(view, tree, row.item);
    case 'planned':
      return row.planned.name;
    case 'more':
      return `${row.shown} of ${row.total} items of “${row.step.name}” shown`;
  }
}

function stateOfRow(row: TreeRow): Value {
  switch (row.is) {
    case 'step':
      return stepState(row.step);
    case 'item':
      return stateOf(row.item.state);
    case 'planned':
      return stateOf('pending');
    case 'messages':
    case 'more':
      return null;
  }
}

function spanOf(from: string, to: string | null, nowMs: number): Span {
  return { fromMs: Date.parse(from), toMs: to === null ? nowMs : Date.parse(to) };
}

function took({ startedAt, finishedAt }: StepItem, nowMs: number): string | null {
  return startedAt === null ? null : inWords(spanOf(startedAt, finishedAt, nowMs));
}

function inWords({ fromMs, toMs }: Span): string {
  return toMs - fromMs < 1000 ? 'under 1 s' : span(Math.round((toMs - fromMs) / 1000));
}

/** Questions of one step follow one another. */
function sumOf(waits: readonly Span[]): string | null {
  if (waits.length === 0) return null;
  return inWords({ fromMs: 0, toMs: waits.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) });
}

/** The columns beside it say the same in words. */
function bar(
  { startedAt, finishedAt, status }: StepItem,
  waits: readonly Span[],
  whole: Span,
  nowMs: number,
): Html | null {
  if (startedAt === null) return null;
  const own = placeOf(spanOf(startedAt, finishedAt, nowMs), whole);
  const tone = status === 'failed' ? 'bad' : status === 'active' ? 'work' : 'good';
  return html`<svg width="160" height="12" aria-hidden="true" class="${tone}"><rect x="${own.x}%" y="1" width="${own.width}%" height="10" fill="currentColor"/>${waits.map(
    (wait) => {
      const { x, width } = placeOf(wait, whole);
      return html`<rect class="asked" x="${x}%" y="2" width="${width}%" height="8"/>`;
    },
  )}</svg>`;
}

/** In hundredths of the whole, never too thin to be seen. */
function placeOf({ fromMs, toMs }: Span, whole: Span): { x: number; width: number } {
  const lengthMs = Math.max(1, whole.toMs - whole.fromMs);
  const hundredths = (ms: number) => Math.min(100, Math.max(0, (100 * ms) / lengthMs));
  const x = Math.min(99, hundredths(fromMs - whole.fromMs));
  const width = Math.max(1, hundredths(toMs - whole.fromMs) - x);
  return { x: Math.round(x * 10) / 10, width: Math.round(width * 10) / 10 };
}
