import { readDuration } from '../../../engine/core/compile/read-duration.ts';
import { inWords } from '../../../engine/core/undo/in-words.ts';
import type { ContainedItem } from '../../../engine/runtime/read/list-contained.ts';
import type { UndoRecordItem } from '../../../engine/runtime/read/list-undo-records.ts';
import type { UndoId } from '../../../schemas/ids.ts';
import { maskUndo } from '../../http/mask-undo.ts';
import { found, Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Refusal } from '../../http/use-cases.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { data, nameData } from '../data.ts';
import { exact, type Html, html } from '../html.ts';
import { incidentLink, playbookLink, runLink, targetText } from '../links.ts';
import { undoState } from '../states.ts';
import { moment } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/* One undo record: what was done, what became of taking it back, and what a person can do about it. */

export function undoRecordPage(view: View, { id }: Asked): Promise<PageReply> {
  return page(view, id, { reason: '', wrong: null, status: 200 });
}

/** The use case judges again in its own transaction; its word is the one that counts. */
export async function decideUndoRecord(view: View, { id, form }: Asked): Promise<Reply> {
  const reason = (form('reason') ?? '').trim();
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  if (reason === '') return page(view, id, { reason, wrong: 'Say why.', status: 422 });
  const given = { digest: form('digest') ?? null, duration: form('for') ?? '' };
  const answer = await order(view, id as UndoId, form('do'), given, reason);
  if (answer === null) throw new Problem('request/invalid', 'There is no such thing to do about a record.');
  if (answer.ok) return { redirect: `/undo/${encodeURIComponent(id)}` };
  const wrong = `Nothing was done: ${answer.detail}.`;
  return page(view, id, { reason, wrong, status: statusOf(answer.code) });
}

async function order(
  view: View,
  recordId: UndoId,
  what: string | undefined,
  { digest, duration }: { digest: string | null; duration: string },
  reason: string,
): Promise<{ ok: true } | Refusal | null> {
  const { useCases } = view.deps;
  switch (what) {
    case 'retry':
      return useCases.undoRecord(view.caller, { recordId, overwrite: null, reason });
    case 'overwrite':
      return useCases.undoRecord(view.caller, { recordId, overwrite: digest ?? '', reason });
    case 'renew':
      return renewal(view, recordId, duration, reason);
    case 'accept':
      return useCases.leaveAsIs(view.caller, { recordId, reason });
    default:
      return null;
  }
}

const durations = [
  ['24h', '24 hours'],
  ['3d', '3 days'],
  ['7d', '7 days'],
] as const;

/** Only what the page offers. */
async function renewal(
  view: View,
  recordId: UndoId,
  duration: string,
  reason: string,
): Promise<{ ok: true } | Refusal | null> {
  const [offered] = durations.find(([each]) => each === duration) ?? [];
  const forMs = offered === undefined ? null : readDuration(offered);
  if (forMs === null) return null;
  return view.deps.useCases.renewLease(view.caller, { recordId, until: { forMs }, reason });
}

interface Draft {
  reason: string;
  wrong: string | null;
  status: number;
}

async function page(view: View, id: string, draft: Draft): Promise<PageReply> {
  const whole = found(await view.deps.read.readUndoRecord(view.deps.tenant, id));
  const record = may(view, 'values.read') ? whole : maskUndo(whole);
  const contained = await view.deps.read.readContained(view.deps.tenant, id);
  const { target, changed, failure, inverse } = record;
  return {
    status: draft.status,
    title: 'Undo record',
    section: 'actions',
    ...(draft.wrong === null && { live: [`runs:${record.run.id}`] as const }),
    ...(record.state === 'undoing' && draft.wrong === null && { refreshSeconds: 5 }),
    content: html`<article>
<header><p class="lead">${undoState(record.state)}</p><h1>${record.name}: ${targetText(target)}</h1>
<p>Done by ${playbookLink(view, record.playbook)} with <code>${record.action}</code>, run ${runLink(view, record.run.id)}.</p></header>
<dl class="facts-line">${target !== null && html`<div><dt>Id of the ${target.kind}</dt><dd>${nameData(target.id)}</dd></div>`}<div><dt>Taken back with</dt><dd>${inverse === null ? 'nothing' : html`<code>${inverse}</code>`}</dd></div>
<div><dt>Tries that failed</dt><dd>${record.tries}</dd></div><div><dt>Since</dt><dd>${moment(record.at, view.nowMs)}</dd></div>
${record.incidentId !== null && html`<div><dt>Incident</dt><dd>${incidentLink(view, { id: record.incidentId })} ${incidentUndoLink(view, record.incidentId)}</dd></div>`}
<div><dt>Record</dt><dd><code class="wrap">${record.id}</code></dd></div></dl>
${changed !== null && html`<section><h2>What the target showed</h2><p>It was left as ${data(inWords(changed.expected))}.</p><p>It showed ${data(inWords(changed.found))}.${record.state !== 'undoing' && ' Nothing was sent.'}</p></section>`}
${failure !== null && html`<p>${data(failure.message)} <a href="${view.to(`/codes/${failure.code}`)}">What this means</a></p>`}
${contained !== null && leaseLine(view, contained)}
${may(view, 'runs.undo') ? html`${contained?.lease != null && record.state === 'done' && renewForm(view, record, draft)}${choices(view, record, draft)}` : html`<p>Whoever may take runs back decides about it.</p>`}
</article>`,
  };
}

export function incidentUndoLink(view: View, incident: string): Html {
  return html`<a href="${view.to(`/incidents/${encodeURIComponent(incident)}/undo`)}">What was taken back for it</a>`;
}

function choices(view: View, record: UndoRecordItem, { reason, wrong }: Draft): Html | null {
  const waits = ['undo-failed', 'changed-since'].includes(record.state);
  const forGood = record.state === 'irreversible';
  if (!waits && !forGood && record.state !== 'done')
    return wrong === null ? null : html`<p role="alert">${wrong}</p>`;
  if (record.inverse === null && !forGood)
    return html`${wrong !== null && html`<p role="alert">${wrong}</p>`}<p>Nothing takes it back; what the target shows is changed by hand.</p>`;
  const at = view.to(`/undo/${encodeURIComponent(record.id)}`);
  const { changed } = record;
  return html`<form class="decide" method="post" action="${at}"><button disabled hidden></button>${csrfField(view)}
${changed !== null && html`<input type="hidden" name="digest" value="${exact(changed.digest)}">`}
<div class="fields"><label for="reason">Reason (required)</label>
${wrong !== null && html`<p class="field-error" id="reason-error" role="alert">${wrong}</p>`}
<textarea id="reason" name="reason" rows="1" maxlength="1000" required${wrong !== null && html` aria-invalid="true" aria-describedby="reason-error"`}>
${exact(reason)}</textarea></div>
<div class="choice">${!forGood && html`<button name="do" value="retry" data-shortcut="u">${waits ? 'Look again and take it back' : 'Release it now'}</button>`}
${(waits || forGood) && html`<button name="do" value="accept">Accept it as it is</button>`}
${changed !== null && html`<button name="do" value="overwrite">Take it back all the same</button>`}
<a class="button" href="${view.to('/undo')}">Back</a></div>
${changed !== null && html`<p class="small">Taking it back all the same is asked about, with what was found, and goes out only while the target shows exactly that.</p>`}</form>`;
}

function leaseLine(view: View, contained: ContainedItem): Html {
  const { effect, others } = contained;
  return html`<section><h2>Contained now</h2><p>${effect}. ${endOf(view, contained)}</p>
${others.length > 0 && html`<p>Released, it stays all the same: it is held by ${others.map((run) => html`${runLink(view, run)} `)}</p>`}</section>`;
}

/** What was claimed by an undo, whatever came of it, is out of the hands of its lease. */
function endOf(view: View, { lease, state }: ContainedItem): Html | string {
  if (state === 'undoing') return 'It is being taken back.';
  if (state === 'undo-failed')
    return `It was to be taken back and is not${lease === null ? '' : '; the end of its lease changes nothing any more'}.`;
  if (state === 'irreversible')
    return 'Its run was taken back, and nothing takes this back: it is there until somebody ends it by hand in the product.';
  if (lease === null) return 'It stands without an end.';
  if (lease.asked) return 'Its lease has ended; people are asked.';
  if (lease.stuck)
    return html`Its lease ended ${moment(lease.until, view.nowMs)} and nothing has happened: its run was compiled by another version of the engine, and none of that version runs. <a href="${view.to('/codes/run/needs-engine')}">What this means</a> Renew it, start an engine of that version, or take it back by hand in the product.`;
  return html`Its lease ends ${moment(lease.until, view.nowMs)}; then ${lease.atEnd === 'release' ? 'it is released' : 'people are asked'}.`;
}

function renewForm(view: View, record: UndoRecordItem, { reason }: Draft): Html {
  return html`<form id="renew" class="decide" method="post" action="${view.to(`/undo/${encodeURIComponent(record.id)}`)}"><button disabled hidden></button>${csrfField(view)}
<div class="fields"><label>Let it stand for<select name="for">${durations.map(([value, word]) => html`<option value="${value}">${word}</option>`)}</select></label>
<label for="renew-reason">Reason for letting it stand longer (required)</label>
<textarea id="renew-reason" name="reason" rows="1" maxlength="1000" required>
${exact(reason)}</textarea></div>
<div class="choice"><button name="do" value="renew">Renew</button></div></form>`;
}
