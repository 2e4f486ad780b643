import type { UndoableItem } from '../../../engine/runtime/read/list-undoable.ts';
import type { RestartPreview } from '../../../engine/runtime/read/preview-restart.ts';
import type { RunId } from '../../../schemas/ids.ts';
import { found } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { hiddenField } from '../hidden-field.ts';
import { type Html, html } from '../html.ts';
import { playbookLink, runLink, targetText } from '../links.ts';
import { orderBar } from '../order-bar.ts';
import { blankReason, type ReasonDraft, reasonOf } from '../reason-form.ts';
import { isRestartable } from '../run-orders.ts';
import { stateOf } from '../states.ts';
import { table } from '../table.ts';
import type { PageReply, Reply, View } from '../view.ts';

/** Before a run is taken up at a step: what stays held, what runs again, and a button. */
export function restartPage(view: View, { id, query }: Asked): Promise<PageReply> {
  return page(view, id, query('step') ?? '', blankReason);
}

/** The use case judges it again in its own transaction; its word is the one that counts. */
export async function restartTheStep(view: View, { id, form }: Asked): Promise<Reply> {
  const reason = reasonOf(form('reason'));
  const step = form('step') ?? '';
  if (reason === '') return page(view, id, step, { reason, wrong: 'Say why it is restarted.', status: 422 });
  const answer = await view.deps.useCases.restartStep(view.caller, { runId: id as RunId, step, reason });
  if (answer.ok) return { redirect: `/runs/${encodeURIComponent(answer.runId)}` };
  const wrong = `Nothing was restarted: ${answer.detail}.`;
  return page(view, id, step, { reason, wrong, status: statusOf(answer.code) });
}

async function page(view: View, id: string, path: string, draft: ReasonDraft): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const run = found(await read.readRun(tenant, id));
  const [named] = await read.stepsNamed(tenant, [{ run: id, path }]);
  const step = found(named ?? null);
  const preview = await read.previewRestart(tenant, id, path);
  const against = isRestartable(run) ? preview.against : `the run is ${run.state}`;
  const at = `/runs/${encodeURIComponent(id)}`;
  return {
    status: draft.status,
    title: 'Restart',
    section: 'runs',
    content: html`<article><header><p class="lead">${stateOf(run.state)}</p><h1>Restart ${playbookLink(view, run.playbook)} from “${step.name}”</h1>
<p>Run ${runLink(view, id)}, step <code>${path}</code>.</p></header>
${against === null ? whatFollows(preview) : html`<p role="alert">${draft.wrong ?? `It cannot be restarted there: ${against}.`} <a href="${view.to(at)}">Back</a></p>`}</article>`,
    ...(against === null && {
      bar: orderBar(view, { at, path: `${at}/restart`, draft, hidden: hiddenField('step', path) }, [
        { name: 'order', value: 'restart', word: 'Restart from this step' },
      ]),
    }),
  };
}

function whatFollows({ kept, again }: RestartPreview): Html {
  return html`<p>A new run begins with the same plan and the same alert. What ended well in this one is walked over; the chosen step runs again, and what comes after it. Questions are asked anew, and whoever restarts it does not decide them.</p>
<p>A restart gives nothing back. The new run goes on with these holds: taking it back takes back what this one did as well, and while it goes on, nothing of this one can be taken back by itself.</p>
${kept.length + again.length === 0 && html`<p>Nothing that this run did stands: there are no holds to go on with.</p>`}
${holds('What stays done', 'Stays held. Its step is walked over.', kept)}
${holds('What stands though its step runs again', 'Stays held. Its step runs again and finds it so.', again)}`;
}

function holds(caption: string, words: string, items: readonly UndoableItem[]): Html | null {
  if (items.length === 0) return null;
  return html`<section><h2>${caption}</h2>${table<UndoableItem>(
    caption,
    [
      { head: 'Target', cell: ({ target }) => targetText(target) },
      { head: 'Was done', cell: (item) => [item.stepName, html` <code>${item.action}</code>`] },
      { head: 'What follows', cell: () => words },
    ],
    items,
  )}</section>`;
}
