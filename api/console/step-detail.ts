import type { ActionItem } from '../../engine/runtime/read/list-actions.ts';
import type { ApprovalItem } from '../../engine/runtime/read/list-approvals.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import type { ActionDetail } from '../../engine/runtime/read/read-action.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import { codes, isCode } from '../../schemas/codes.ts';
import { isJsonObject, type Json } from '../../schemas/json.ts';
import { data } from './data.ts';
import { type Html, html } from './html.ts';
import { inline } from './inline-code.ts';
import { approvalLink, runLink, targetWithId } from './links.ts';
import { canRestart, restartAddress } from './run-orders.ts';
import { approvalState, attemptState, stepState, undoState } from './states.ts';
import { fold, shown } from './step-tree.ts';
import { momentOr } from './times.ts';
import { may, type View } from './view.ts';

/** More than that a step asks only when something goes on going wrong. */
const attemptsShown = 20;

/** Everything about one step of a run, beside the tree. */
export async function stepDetail(view: View, run: RunDetail, step: StepItem | null): Promise<Html> {
  if (step === null)
    return html`<section id="step" class="detail"><h2>Step</h2><p class="dim">Nothing failed and no step waits for a person. Choose a step to see what it was given and what it gave.</p></section>`;
  const { read, tenant } = view.deps;
  const of = { run: run.id, step: step.path };
  const [attempts, questions] = await Promise.all([
    may(view, 'actions.read')
      ? read.listActions(tenant, { ...of }, { limit: attemptsShown })
      : { items: [], next: null },
    may(view, 'approvals.read')
      ? read.listApprovals(tenant, { run: run.id, steps: [step.path], sort: '-createdAt' }, { limit: 10 })
      : { items: [] },
  ]);
  const [newest] = attempts.items;
  const sent = newest === undefined ? null : await read.readAction(tenant, newest.id);
  return html`<section id="step" class="detail"><h2>${step.name}</h2>
<p>${stepState(step)} <span class="dim">${step.kind}</span> ${step.undo !== null && undoState(step.undo)} ${step.simulated && html`<span class="chip">pretended</span>`}</p>
${failureOf(view, step.failure)}
${canRestart(view, run, step) && html`<p><a class="button" href="${restartAddress(view, run.id, step.path)}">Restart from this step</a></p>`}
<dl class="values">${factsOf(view, step).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${questionsOf(view, step, questions.items)}
${fold('Input', inputOf(view, sent))}${fold('Output', shown(view, step.outputs))}${fold('Denied', shown(view, step.denial))}
${attemptsOf(view, attempts.items, attempts.next !== null)}</section>`;
}

function factsOf(view: View, step: StepItem): [string, Html][] {
  const { action, target, startedAt, finishedAt, childRunId } = step;
  const facts: [string, Html | false][] = [
    ['Action', action !== null && html`<code>${action}</code>`],
    ['Target', target !== null && targetWithId(target)],
    ['Began', momentOr(startedAt, view.nowMs)],
    ['Ended', momentOr(finishedAt, view.nowMs)],
    ['Started', childRunId !== null && runLink(view, childRunId)],
    ['Path', html`<code class="wrap">${step.path}</code>`],
  ];
  return facts.filter((fact): fact is [string, Html] => fact[1] !== false);
}

/** With what the catalogue says about it; the words of a target are data. */
function failureOf(view: View, failure: Json): Html | null {
  if (failure === null) return null;
  if (!may(view, 'values.read') || !isJsonObject(failure)) return fold('Failure', shown(view, failure));
  const { code, message } = failure;
  const known = typeof code === 'string' && isCode(code) ? code : null;
  return html`<div class="notice bad"><p><strong>${known === null ? 'Failed' : codes[known].summary}</strong> ${
    known === null
      ? typeof code === 'string' && html`<code>${code}</code>`
      : html`<a href="${view.to(`/codes/${known}`)}"><code>${known}</code></a>`
  }</p>${typeof message === 'string' && html`<p>${data(message)}</p>`}${known !== null && html`<p>${inline(codes[known].help)}</p>`}${isJsonObject(failure.cause) && fold('Because of', failure.cause)}</div>`;
}

function questionsOf(view: View, step: StepItem, questions: readonly ApprovalItem[]): Html | null {
  const said = questions.map(
    ({ id, state, question, approvals, quorum }) =>
      html`<li>${approvalState(state)} ${approvalLink(view, id, question)} <span class="dim">${approvals} of ${quorum}</span></li>`,
  );
  // It went out on the yes to a gate or a list, which belongs to another step.
  if (said.length === 0 && step.approvalId !== null)
    said.push(html`<li>${approvalLink(view, step.approvalId, 'The question that covered it')}</li>`);
  return said.length === 0 ? null : html`<h3 class="small dim">Approval</h3><ul class="plain">${said}</ul>`;
}

function inputOf(view: View, sent: ActionDetail | null): Json {
  return sent === null ? null : shown(view, sent.arguments);
}

function attemptsOf(view: View, attempts: readonly ActionItem[], more: boolean): Html | null {
  if (attempts.length === 0) return null;
  return html`<h3 class="small dim">Attempts</h3><ul class="plain">${attempts.map(
    (attempt) =>
      html`<li>${attemptState(attempt)} ${attempt.number}. ${momentOr(attempt.createdAt, view.nowMs)}</li>`,
  )}</ul>${more && html`<p class="small dim">The newest ${attemptsShown} are shown.</p>`}`;
}
