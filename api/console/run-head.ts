import type { ApprovalItem } from '../../engine/runtime/read/list-approvals.ts';
import type { RunDetail } from '../../engine/runtime/read/read-run.ts';
import { type Html, html } from './html.ts';
import { alertLink, incidentLink, playbookLink, runLink } from './links.ts';
import { runWaits } from './run-waits.ts';
import { severity, stateOf } from './states.ts';
import type { Tree } from './step-rows.ts';
import { momentOr } from './times.ts';
import type { View } from './view.ts';

/** What stands above every view of a run: where it stands, for whom it waits, and what it is. */
export function runHead(view: View, run: RunDetail, tree: Tree, open: readonly ApprovalItem[]): Html {
  return html`<header><p class="lead">${stateOf(run.state)} ${run.mode === 'audit' && html`<span class="chip">audit only: nothing is really done</span>`} ${runWaits(view, run, tree.steps, tree.counts, open)}</p>
<h1>${playbookLink(view, run.playbook)}</h1>
<p>${run.alert === null ? html`Started by ${run.startedBy}` : html`${alertLink(view, run.alert)} ${severity(run.alert.severity)}`}</p></header>
<dl class="facts-line"><div><dt>${run.startedAt === null ? 'Created' : 'Started'}</dt><dd>${momentOr(run.startedAt ?? run.createdAt, view.nowMs)}</dd></div>
<div><dt>Ended</dt><dd>${momentOr(run.endedAt, view.nowMs)}</dd></div>
<div><dt>Trigger</dt><dd>${run.trigger}</dd></div><div><dt>Mode</dt><dd>${run.mode}${run.askedMode !== null && html` (asked for: ${run.askedMode}; the guardrails allow no more)`}</dd></div>
${run.parentRunId !== null && html`<div><dt>Called by</dt><dd>${runLink(view, run.parentRunId)}</dd></div>`}
${run.incidentId !== null && html`<div><dt>Incident</dt><dd>${incidentLink(view, { id: run.incidentId })}</dd></div>`}
<div><dt>Run</dt><dd><code class="wrap">${run.id}</code></dd></div></dl>
${run.reason !== null && html`<p>${run.reason}</p>`}`;
}
