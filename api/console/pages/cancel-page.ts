import type { StepItem } from '../../../engine/runtime/read/list-steps.ts';
import type { UndoableItem } from '../../../engine/runtime/read/list-undoable.ts';
import type { RunDetail } from '../../../engine/runtime/read/read-run.ts';
import type { RunId } from '../../../schemas/ids.ts';
import { found, Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import { isUnderWay } from '../../routes/runs.ts';
import type { Asked } from '../asked.ts';
import { type Html, html } from '../html.ts';
import { playbookLink, runLink, targetText } from '../links.ts';
import { orderBar } from '../order-bar.ts';
import { blankReason, type ReasonDraft, reasonOf } from '../reason-form.ts';
import { stateOf } from '../states.ts';
import { table } from '../table.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';
import { fate } from './undo-page.ts';

/** Before a run is cancelled: what of it stays, what could be given back, and two buttons. */
export function cancelPage(view: View, { id }: Asked): Promise<PageReply> {
  return page(view, id, blankReason);
}

/** The use case judges it again where it is written; its word is the one that counts. */
export async function cancelTheRun(view: View, { id, form }: Asked): Promise<Reply> {
  const reason = reasonOf(form('reason'));
  const order = form('order');
  if (order !== 'leave' && order !== 'undo')
    throw new Problem('request/invalid', 'The form does not say what becomes of what was done.');
  // Its own page offers that to nobody else.
  if (order === 'undo' && !may(view, 'runs.undo')) throw new Problem('auth/forbidden');
  if (reason === '') return page(view, id, { reason, wrong: 'Say why it is cancelled.', status: 422 });
  const answer = await view.deps.useCases.cancelRun(view.caller, {
    runId: id as RunId,
    reason,
    undo: order === 'undo',
  });
  if (answer.ok) return { redirect: `/runs/${encodeURIComponent(id)}` };
  const wrong = `Nothing was cancelled: ${answer.detail}.`;
  return page(view, id, { reason, wrong, status: statusOf(answer.code) });
}

async function page(view: View, id: string, draft: ReasonDraft): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const run = found(await read.readRun(tenant, id));
  const [items, active] = await Promise.all([
    read.listUndoable(tenant, id, null),
    read.listSteps(tenant, { run: id, status: ['active'] }, { limit: 50 }),
  ]);
  const at = `/runs/${encodeURIComponent(id)}`;
  const going = isUnderWay(run);
  const out = active.items.filter(({ phase }) => phase !== null && sent.has(phase));
  return {
    status: draft.status,
    title: 'Cancel',
    section: 'runs',
    content: html`<article><header><p class="lead">${stateOf(run.state)}</p><h1>Cancel: ${playbookLink(view, run.playbook)}</h1>
<p>Run ${runLink(view, id)}.</p></header>
${going ? whatFollows(view, run, items, out) : html`<p role="alert">${draft.wrong ?? 'It has ended; there is nothing to cancel.'} <a href="${view.to(at)}">Back</a></p>`}</article>`,
    ...(going && {
      bar: orderBar(view, { at, path: `${at}/cancel`, draft }, [
        { name: 'order', value: 'leave', word: 'Cancel, leave what was done' },
        ...(may(view, 'runs.undo')
          ? [{ name: 'order', value: 'undo', word: 'Cancel and take back', shortcut: 'u' }]
          : []),
      ]),
    }),
  };
}

/** An order is with the target, or its answer is. */
const sent = new Set(['dispatched', 'confirming', 'reconciling', 'undecided']);

function whatFollows(
  view: View,
  run: RunDetail,
  items: readonly UndoableItem[],
  out: readonly StepItem[],
): Html {
  const questions = run.pendingApprovals.length;
  const both = may(view, 'runs.undo');
  return html`<p>No further step begins. ${questions > 0 && `${questions === 1 ? 'Its open question is' : `Its ${questions} open questions are`} withdrawn. `}Waits end. What is with a target just now is awaited, so that its outcome is known${out.length > 0 && html`: ${out.map(({ name }, n) => html`${n > 0 && ', '}“${name}”`)}. It then joins what was done`}.</p>
${
  items.length === 0
    ? html`<p>Nothing that it did stands${out.length > 0 && ' yet'}: there are no holds to leave or to give back.</p>`
    : table<UndoableItem>(
        'What it did',
        [
          { head: 'Target', cell: ({ target }) => targetText(target) },
          { head: 'Was done', cell: (item) => [item.stepName, html` <code>${item.action}</code>`] },
          { head: 'Left', cell: () => stays },
          ...(both ? [{ head: 'Taken back', cell: (item: UndoableItem) => fate(item) }] : []),
        ],
        items,
      )
}`;
}

const stays = 'Stays, and its hold with it, until it is taken back or its lease ends.';
