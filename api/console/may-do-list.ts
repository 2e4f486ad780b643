import { classRank } from '../../engine/core/contracts/action.ts';
import type { ActionStep, Plan, PlanAction, PlanPositions } from '../../engine/core/contracts/plan.ts';
import { type AllItMayDo, type Asking, allItMayDo, type MayDo } from '../../engine/core/preview/may-do.ts';
import { showDuration } from '../../engine/core/preview/show-duration.ts';
import { type Html, html, type Value } from './html.ts';
import { table } from './table.ts';
import type { View } from './view.ts';

const asked: { readonly [asks in Asking]: string } = {
  always: 'always',
  sometimes: 'under a condition',
  mode: 'yes, as the mode is ask',
  never: 'nobody',
};

/** Every action that a plan may do, the strongest first: that one is its impact. */
export async function mayDoList(view: View, plan: Plan, positions: PlanPositions): Promise<Html> {
  const called = await view.deps.read.readCalled(view.deps.tenant, plan);
  const all = allItMayDo(plan, called);
  const does = all.does.toSorted((a, b) => classRank[b.step.action.class] - classRank[a.step.action.class]);
  return html`<section><h2>What it may do</h2><p class="small dim">Its impact, ${plan.impact}, is the strongest of these and of what takes them back.${
    plan.mode === 'audit' && ' In mode audit all but reads are only simulated.'
  } Guards and a pause may ask more people.</p>${table<MayDo>(
    'Actions',
    [
      { head: 'Action', cell: ({ step: { action } }) => actionWords(action) },
      {
        head: 'Impact',
        cell: ({ step: { action } }) => html`<span class="chip ${action.class}">${action.class}</span>`,
      },
      { head: 'Step', cell: (each) => stepLink(view, plan, positions, each) },
      { head: 'Asks before', cell: ({ asks }) => asked[asks] },
      { head: 'Taken back', cell: ({ step }) => backWords(step) },
      { head: 'Rights it needs', cell: ({ step: { action } }) => rights(view, action) },
    ],
    does,
  )}${unread(all)}</section>${backList(view, all)}`;
}

function actionWords({ key, effectSentence, title }: PlanAction): Html {
  return html`<strong>${title}</strong> <code class="wrap">${key}</code>${effectSentence !== '' && html`<br><span class="small">${effectSentence.replaceAll('{name}', 'the target')}</span>`}`;
}

function stepLink(view: View, plan: Plan, positions: PlanPositions, { playbook, step }: MayDo): Html {
  if (playbook === null) {
    const line = positions[step.path]?.line;
    return line === undefined ? html`${step.name}` : html`<a href="#L${line}">${step.name}</a>`;
  }
  const digest = plan.children[playbook.id]?.digest.replace('sha256:', '');
  const at = `/playbooks/${encodeURIComponent(playbook.id)}${digest === undefined ? '' : `/versions/${digest}`}`;
  return html`${step.name} <span class="dim">in</span> <a href="${view.to(at)}">${playbook.title}</a>`;
}

function backWords({ action, lease, rollback }: ActionStep): Value {
  const end =
    lease !== null &&
    `${lease.atEnd === 'ask' ? 'somebody is asked' : 'by itself'} after ${showDuration(lease.forMs)}`;
  if (rollback.kind === 'none') return 'cannot, as the playbook says';
  if (rollback.kind === 'default' && action.inverse.kind === 'irreversible')
    return `cannot: ${action.inverse.reason}`;
  if (rollback.kind === 'default' && action.inverse.kind === 'not-needed') return null;
  return html`can be${end !== false && `; ${end}`}`;
}

function rights(view: View, action: PlanAction): Value {
  const needed = view.deps.rightsOf(action);
  if (needed === null) return html`<span class="dim">not installed in this version</span>`;
  if (needed.length === 0) return null;
  return html`<ul class="plain small">${needed.map((right) => html`<li>${right}</li>`)}</ul>`;
}

function backList(view: View, { takesBack }: AllItMayDo): Html | null {
  if (takesBack.length === 0) return null;
  return html`<section><h2>What takes it back</h2>${table<PlanAction>(
    'Actions that take back',
    [
      { head: 'Action', cell: actionWords },
      { head: 'Impact', cell: (action) => html`<span class="chip ${action.class}">${action.class}</span>` },
      { head: 'Rights it needs', cell: (action) => rights(view, action) },
    ],
    takesBack,
  )}</section>`;
}

function unread({ unread }: AllItMayDo): Html | false {
  return (
    unread.length > 0 &&
    html`<p><strong>Not all is told.</strong> These playbooks are called and could not be read here, as they were compiled by another compiler or are too many: ${unread.join(', ')}.</p>`
  );
}
