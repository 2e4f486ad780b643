import { maskValues } from '../../../engine/core/identity/mask-values.ts';
import type { StepItem } from '../../../engine/runtime/read/list-steps.ts';
import type { RunDetail } from '../../../engine/runtime/read/read-run.ts';
import { isJsonObject, type Json } from '../../../schemas/json.ts';
import { found } from '../../http/problem.ts';
import type { Asked } from '../asked.ts';
import { jsonData } from '../data.ts';
import { entryList, visibleEntries } from '../entry-list.ts';
import { type Html, html } from '../html.ts';
import { alertLink, approvalLink, playbookLink, targetText } from '../links.ts';
import { severity, stateOf, stepState } from '../states.ts';
import { stepDepths } from '../step-depths.ts';
import { momentOr, relative } from '../times.ts';
import { may, type PageReply, type View } from '../view.ts';

/** One run: what it waits for, its steps as the plan nests them, its entries. */
export async function runPage(view: View, { id }: Asked): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const run = found(await read.readRun(tenant, id));
  const [steps, playbook, entries] = await Promise.all([
    read.listSteps(tenant, id),
    read.readPlaybook(tenant, run.playbook.id),
    visibleEntries(view, { run: id }, { limit: 100 }),
  ]);
  // Only the version that the run is pinned to says how its steps nest.
  const depths = playbook?.digest === run.digest ? stepDepths(playbook.plan) : new Map<string, number>();
  const underWay = ['queued', 'running', 'undoing'].includes(run.state);
  return {
    title: `${run.playbook.title} · run`,
    section: 'runs',
    ...(underWay && { refreshSeconds: 5 }),
    content: html`<article>
<header><p class="lead">${stateOf(run.state)} ${run.mode === 'audit' && html`<span class="chip">audit only: nothing is really done</span>`} ${waitsFor(view, run, steps)}</p>
<h1>${playbookLink(view, run.playbook)}</h1>
<p>${run.alert === null ? html`Started by ${run.startedBy}` : html`${alertLink(view, run.alert)} ${severity(run.alert.severity)}`}</p></header>
<dl class="facts-line"><div><dt>Started</dt><dd>${momentOr(run.startedAt ?? run.createdAt, view.nowMs)}</dd></div>
<div><dt>Ended</dt><dd>${momentOr(run.endedAt, view.nowMs)}</dd></div>
<div><dt>Trigger</dt><dd>${run.trigger}</dd></div><div><dt>Mode</dt><dd>${run.mode}</dd></div>
<div><dt>Run</dt><dd><code class="wrap">${run.id}</code></dd></div></dl>
${run.reason !== null && html`<p>${run.reason}</p>`}
<section><h2>Steps</h2>${stepTree(view, steps, depths)}</section>
<section><h2>Given and result</h2>${fold('What the run was given', shown(view, run.given))}${fold('Outputs', shown(view, run.outputs))}</section>
${entries !== null && html`<section><h2>Entries</h2>${entryList(view, entries.items)}${entries.next !== null && html`<p><a href="${view.to(`/audit?run=${encodeURIComponent(id)}`)}">All entries of this run</a></p>`}</section>`}
</article>`,
  };
}

/** A run that waits says for whom and until when, before anything else. */
function waitsFor(view: View, run: RunDetail, steps: readonly StepItem[]): Html | null {
  const waits = (Array.isArray(run.waitingFor) ? run.waitingFor : []).filter(isJsonObject);
  const lines = waits.map(({ kind, step: path, until }) => {
    const step = steps.find((one) => one.path === path);
    const name = step?.name ?? String(path);
    if (kind !== 'approval') return html`<span>“${name}” is held by an emergency stop.</span>`;
    const left = typeof until === 'number' ? `, ends ${relative(until - view.nowMs)}` : '';
    return html`<span>Waits for a person: ${step?.approvalId ? approvalLink(view, step.approvalId, name) : name}${left}.</span>`;
  });
  if (lines.length === 0 && run.pendingApprovals.length > 0) {
    return html`· waits for a person: ${run.pendingApprovals.map((id) => [approvalLink(view, id, 'the question'), ' '])}`;
  }
  return lines.length === 0 ? null : html`· ${lines}`;
}

function stepTree(view: View, steps: readonly StepItem[], depths: ReadonlyMap<string, number>): Html {
  return html`<ol class="steps">${steps.map((step) => {
    const depth = Math.min(depths.get(step.path) ?? 0, 6);
    return html`<li class="depth-${depth}"><div class="step"><p>${stepState(step)} <strong>${step.name}</strong> <span class="dim">${step.kind}</span></p>
<p class="small">${step.action !== null && html`<code>${step.action}</code> `}${step.target !== null && targetText(step.target)}
${step.attempts > 1 && ` · ${step.attempts} attempts`}${step.simulated && html` <span class="chip">pretended</span>`}
${step.approvalId !== null && html` · ${approvalLink(view, step.approvalId, 'question')}`}
${step.finishedAt !== null && html` · ${momentOr(step.finishedAt, view.nowMs)}`}</p>
${fold('Failure', shown(view, step.failure))}${fold('Denied', shown(view, step.denial))}${fold('Outputs', shown(view, step.outputs))}</div></li>`;
  })}</ol>`;
}

function shown(view: View, value: Json): Json {
  return may(view, 'values.read') ? value : maskValues(value);
}

function fold(name: string, value: Json): Html | null {
  if (value === null || (isJsonObject(value) && Object.keys(value).length === 0)) return null;
  return html`<details><summary>${name}</summary>${jsonData(value)}</details>`;
}
