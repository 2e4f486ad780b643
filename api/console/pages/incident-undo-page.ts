import type { UndoRecordItem } from '../../../engine/runtime/read/list-undo-records.ts';
import type { IncidentUndoPreview } from '../../../engine/runtime/read/preview-incident-undo.ts';
import { found, Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { marked } from '../data.ts';
import { exact, type Html, html } from '../html.ts';
import { incidentLink, runLink, targetText } from '../links.ts';
import { stateOf, undoState } from '../states.ts';
import { table } from '../table.ts';
import type { PageReply, Reply, View } from '../view.ts';
import { whyOf } from './undo-trouble-page.ts';

/** Before an incident is taken back: each target with what follows, why, and a second button. */
export function incidentUndoPage(view: View, { id, query }: Asked): Promise<PageReply> {
  return page(view, id, { action: query('action') ?? null, reason: '', wrong: null, status: 200 });
}

/** The use case judges again in its own transaction; its word is the one that counts. */
export async function takeBackIncident(view: View, { id, form }: Asked): Promise<Reply> {
  const reason = (form('reason') ?? '').trim();
  const action = form('action') ?? null;
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  if (reason === '')
    return page(view, id, { action, reason, wrong: 'Say why it is taken back.', status: 422 });
  const only = { action, record: null };
  const answer = await view.deps.useCases.undoIncident(view.caller, { id, reason, only });
  if (answer.ok) return { redirect: `/incidents/${encodeURIComponent(id)}/undo` };
  const wrong = `Nothing was taken back: ${answer.detail}.`;
  return page(view, id, { action, reason, wrong, status: statusOf(answer.code) });
}

interface Draft {
  action: string | null;
  reason: string;
  wrong: string | null;
  status: number;
}

async function page(view: View, id: string, { action, reason, wrong, status }: Draft): Promise<PageReply> {
  const { read, tenant } = view.deps;
  const incident = found(await read.readIncident(tenant, id));
  const preview = await read.previewIncidentUndo(tenant, id, { action, record: null });
  const became = await read.listUndoRecords(tenant, { incident: id, state: takenUp }, { limit: 50 });
  const at = view.to(`/incidents/${encodeURIComponent(id)}/undo`);
  const underWay = became.items.some(({ state }) => state === 'undoing');
  const something = preview.records.length > 0;
  return {
    status,
    // A page that looks again by itself would take away the reason that somebody is writing.
    ...(underWay && !something && wrong === null && { refreshSeconds: 5 }),
    // Nor may what is ordered change under the button that orders it.
    ...(!something && wrong === null && { live: ['runs'] as const }),
    title: 'Take back an incident',
    section: 'incidents',
    content: html`<article>
<header><p class="dim">${incidentLink(view, { id })}</p><h1>Take back: ${marked(incident.title)}</h1>
<p>${action === null ? 'Everything that its ended runs did and that can be taken back' : html`What <code>${action}</code> did in its ended runs`}, the newest run first.</p></header>
${whatBecame(view, became.items)}
${whatFollows(view, preview)}
${preview.open.length > 0 && html`<section><h2>Not touched</h2><p>These runs are under way. Cancel them with undo to take back what they did.</p>${preview.open.map((run) => html`<p>${stateOf(run.state)} ${runLink(view, run.id)}</p>`)}</section>`}
${underWay && something && html`<p>Some of it is being taken back. <a href="${at}">Look again</a></p>`}
${!something && wrong !== null && html`<p role="alert">${wrong}</p>`}
</article>`,
    ...(something && { bar: orderBar(view, at, { action, reason, wrong }) }),
  };
}

function orderBar(view: View, at: string, { action, reason, wrong }: Omit<Draft, 'status'>): Html {
  return html`<form class="bar confirm" method="post" action="${at}"><button disabled hidden></button>${csrfField(view)}
${action !== null && html`<input type="hidden" name="action" value="${exact(action)}">`}
<div class="fields"><label for="reason">Reason (required)</label>
${wrong !== null && html`<p class="field-error" id="reason-error" role="alert">${wrong}</p>`}
<textarea id="reason" name="reason" rows="1" maxlength="1000" required${wrong !== null && html` aria-invalid="true" aria-describedby="reason-error"`}>
${exact(reason)}</textarea></div>
<div class="choice"><button class="act" data-shortcut="u">Take it back now</button><a class="button" href="${at.replace(/\/undo$/, '')}">Back</a></div></form>`;
}

/** Everything but what stands still: what an undo has come to, or is at. */
const takenUp = [
  'undoing',
  'undone',
  'retained',
  'left-as-found',
  'irreversible',
  'undo-failed',
  'changed-since',
  'left-as-is',
];

/** What was taken back for the incident so far; who ordered it comes back here and sees it go on. */
function whatBecame(view: View, records: readonly UndoRecordItem[]): Html | null {
  if (records.length === 0) return null;
  return table<UndoRecordItem>(
    'What became of it',
    [
      { head: 'State', cell: (record) => undoState(record.state) },
      { head: 'Target', cell: (record) => targetText(record.target) },
      {
        head: 'Was done',
        cell: (record) =>
          html`<a href="${view.to(`/undo/${encodeURIComponent(record.id)}`)}">${record.name}</a> <code>${record.action}</code>`,
      },
      { head: 'Why', cell: (item) => whyOf(view, item) },
      { head: 'Run', cell: (record) => runLink(view, record.run.id) },
    ],
    records,
    ({ id }) => id,
  );
}

type Explained = IncidentUndoPreview['records'][number];

function whatFollows(view: View, { records }: IncidentUndoPreview): Html {
  if (records.length === 0) return html`<p>Nothing is left that could be taken back.</p>`;
  return table<Explained>(
    'What is taken back',
    [
      {
        head: 'Target',
        cell: ({ target, targetName }) =>
          targetText(target === null ? null : { ...target, name: targetName }),
      },
      { head: 'Was done', cell: (record) => [record.stepName, html` <code>${record.action}</code>`] },
      { head: 'What follows', cell: (record) => fate(view, record) },
      { head: 'Run', cell: (record) => runLink(view, record.runId) },
    ],
    records,
  );
}

function fate(view: View, { follows, irreversible, heldBy }: Explained): Html | string {
  switch (follows) {
    case 'undo':
      return 'Is taken back.';
    case 'ask':
      return 'A person is asked first: nobody knows whether it was so before.';
    case 'left-as-found':
      return 'Stays: it was so before.';
    case 'retained':
      return html`Stays: held by ${heldBy.map((run) => html`${runLink(view, run)} `)}`;
    case 'irreversible':
      return `Cannot be taken back: ${irreversible}`;
  }
}
