import type { ApprovalItem } from '../../engine/runtime/read/list-approvals.ts';
import type { ScopeCount } from '../../engine/runtime/read/list-scopes.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { type Html, html } from './html.ts';
import { expiry } from './times.ts';
import type { View } from './view.ts';

/** A run that waits says for what and until when, before anything else. */
export function runWaits(
  view: View,
  run: RunDetail,
  steps: readonly StepItem[],
  counts: readonly ScopeCount[],
  open: readonly ApprovalItem[],
): Html | null {
  const waits = (Array.isArray(run.waitingFor) ? run.waitingFor : []).filter(isJsonObject);
  const asked = new Set<string>();
  const lines = waits.map((wait) => {
    const step = steps.find((one) => one.path === wait.step);
    if (step?.approvalId && wait.kind === 'approval') asked.add(step.approvalId);
    return waitLine(view, run.id, wait, step, counts, open);
  });
  const others = run.pendingApprovals.filter((id) => !asked.has(id));
  const questions = others.length > 0 && questionsLine(view, run, others, open);
  return lines.length === 0 && !questions ? null : html`· ${lines.map((line) => [line, ' '])}${questions}`;
}

function waitLine(
  view: View,
  runId: string,
  { kind, step: path }: JsonObject,
  step: StepItem | undefined,
  counts: readonly ScopeCount[],
  open: readonly ApprovalItem[],
): Html {
  const name = step?.name ?? String(path);
  switch (kind) {
    case 'approval': {
      const question = open.find(({ id }) => id === step?.approvalId);
      return html`<span>Waits for ${question === undefined ? 'a person' : whom(question)}: ${step?.approvalId ? questionButton(view, step.approvalId, name) : name}${question !== undefined && html`, ${expiry(question, view.nowMs)}`}.</span>`;
    }
    case 'stop':
      return html`<span>“${name}” is held back: an emergency stop is set, everything is paused, or the same effect is just being taken back there.</span>`;
    case 'task':
      return html`<span>Nobody knows what became of “${name}”: <a href="${view.to(`/actions?tab=unknown&run=${encodeURIComponent(runId)}`)}">a person is asked</a>.</span>`;
    case 'wait':
      return html`<span>“${name}” waits for its time or its signal.</span>`;
    case 'place':
      return html`<span>“${name}” is over; the run waits for its place among the runs of its group.</span>`;
    case 'inside':
      return insideLine(name, step, counts);
    default:
      return html`<span>“${name}” is under way.</span>`;
  }
}

function insideLine(name: string, step: StepItem | undefined, counts: readonly ScopeCount[]): Html {
  if (step?.kind === 'call') return html`<span>“${name}” waits for the run that it started.</span>`;
  const mine = counts.filter((each) => each.step === step?.path);
  const all = mine.reduce((sum, { count }) => sum + count, 0);
  const open = mine.filter(({ state }) => openStates.has(state)).reduce((sum, { count }) => sum + count, 0);
  return all === 0
    ? html`<span>“${name}” is under way.</span>`
    : html`<span>“${name}”: ${all - open} of ${all} done.</span>`;
}

const openStates = new Set(['queued', 'running', 'waiting']);

const linksMax = 5;

function questionsLine(
  view: View,
  run: RunDetail,
  ids: readonly string[],
  open: readonly ApprovalItem[],
): Html {
  const more = ids.length - linksMax;
  return html`<span>${ids.length === 1 ? 'A question waits for a person:' : `${ids.length} questions wait for a person:`}
${ids.slice(0, linksMax).map((id, at) => [
  questionButton(view, id, `question ${at + 1}`),
  ' ',
  aboutIt(
    view,
    open.find((each) => each.id === id),
  ),
])}${more > 0 && html`<a href="${view.to(`/actions?run=${encodeURIComponent(run.id)}`)}">and ${more} more</a>`}</span>`;
}

function aboutIt(view: View, question: ApprovalItem | undefined): Html | null {
  return question === undefined ? null : html`(${whom(question)}, ${expiry(question, view.nowMs)}) `;
}

function whom({ quorum, approvers }: ApprovalItem): string {
  return `${quorum} of ${approvers.join(', ')}`;
}

/** Leads to the card; nothing is decided from here. */
function questionButton(view: View, id: string, words: string): Html {
  return html`<a class="button" href="${view.to(`/a/${encodeURIComponent(id)}`)}">${words}</a>`;
}
