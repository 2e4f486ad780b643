import { inWords } from '../../../engine/core/undo/in-words.ts';
import type { UndoableItem } from '../../../engine/runtime/read/list-undoable.ts';
import type { RunId } from '../../../schemas/ids.ts';
import { found, Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import { isUndoable } from '../../routes/runs.ts';
import type { Asked } from '../asked.ts';
import { hiddenField } from '../hidden-field.ts';
import { type Html, html } from '../html.ts';
import { playbookLink, runLink, targetText } from '../links.ts';
import { orderBar } from '../order-bar.ts';
import { stateOf } from '../states.ts';
import { table } from '../table.ts';
import type { PageReply, Reply, View } from '../view.ts';

/** Before anything is taken back: what it is, why, and a second button. Asking for the page changes nothing. */
export function undoPage(view: View, { id, query }: Asked): Promise<PageReply> {
  return page(view, id, { step: query('step') ?? null, reason: '', wrong: null, status: 200 });
}

/** The use case judges again in its own transaction; its word is the one that counts. */
export async function takeBack(view: View, { id, form }: Asked): Promise<Reply> {
  const reason = (form('reason') ?? '').trim();
  const step = form('step') ?? null;
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  if (reason === '') return page(view, id, { step, reason, wrong: 'Say why it is taken back.', status: 422 });
  const answer = await view.deps.useCases.undoRun(view.caller, {
    runId: id as RunId,
    reason,
    steps: step === null ? null : [step],
  });
  if (answer.ok) return { redirect: `/runs/${encodeURIComponent(id)}` };
  const wrong = `Nothing was taken back: ${answer.detail}.`;
  return page(view, id, { step, reason, wrong, status: statusOf(answer.code) });
}

interface Draft {
  step: string | null;
  reason: string;
  wrong: string | null;
  status: number;
}

async function page(view: View, id: string, { step, reason, wrong, status }: Draft): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const run = found(await read.readRun(tenant, id));
  const items = await read.listUndoable(tenant, id, step === null ? null : [step]);
  const path = `/runs/${encodeURIComponent(id)}`;
  const at = view.to(path);
  const undoable = isUndoable(run.state);
  return {
    status,
    title: 'Take back',
    section: 'runs',
    content: html`<article>
<header><p class="lead">${stateOf(run.state)}</p><h1>Take back: ${playbookLink(view, run.playbook)}</h1>
<p>${step === null ? 'Everything that this run did and that can be taken back' : html`What the step <code>${step}</code> did`}, newest first. Run ${runLink(view, id)}.</p></header>
${
  undoable
    ? whatFollows(items)
    : html`<p role="alert">${wrong ?? 'A run that is under way is cancelled with undo; one that is undone has nothing left.'} <a href="${at}">Back</a></p>`
}
</article>`,
    ...(undoable && {
      bar: orderBar(
        view,
        {
          at: path,
          path: `${path}/undo`,
          draft: { reason, wrong, status },
          ...(step !== null && { hidden: hiddenField('step', step) }),
        },
        [{ name: 'order', value: 'undo', word: 'Take it back now', shortcut: 'u' }],
      ),
    }),
  };
}

/** What the order would come to as things stand; the engine looks again when it is done. */
function whatFollows(items: readonly UndoableItem[]): Html {
  if (items.length === 0) return html`<p>Nothing is left that could be taken back.</p>`;
  return table(
    'What is taken back',
    [
      { head: 'Target', cell: (item) => targetText(item.target) },
      { head: 'Was done', cell: (item) => [item.stepName, html` <code>${item.action}</code>`] },
      { head: 'What follows', cell: fate },
    ],
    items,
  );
}

/** What an undo would make of it. */
export function fate({ follows, irreversible, failed, changed }: UndoableItem): string {
  switch (follows) {
    case 'irreversible':
      return `Cannot be taken back: ${irreversible}`;
    case 'retained':
      return 'Stays: another run holds it too.';
    case 'left-as-found':
      return 'Stays: it was so before.';
    case 'ask':
      return 'A person is asked first: nobody knows whether it was so before.';
    case 'undo':
      if (changed !== null)
        return `Is looked at again: it showed ${inWords(changed.found)} instead of ${inWords(changed.expected)}.`;
      return failed ? 'Is taken back; the last try failed.' : 'Is taken back.';
  }
}
