import type { UndoRecordItem } from '../../../engine/runtime/read/list-undo-records.ts';
import type { UndoId } from '../../../schemas/ids.ts';
import { Problem } from '../../http/problem.ts';
import type { Refusal } from '../../http/use-cases.ts';
import type { Asked } from '../asked.ts';
import { csrfField } from '../csrf.ts';
import { exact, type Html, html } from '../html.ts';
import { runLink, targetText } from '../links.ts';
import { pickName, picksMax } from '../picks.ts';
import type { Form } from '../read-form.ts';
import { tag, undoState } from '../states.ts';
import type { PageReply, Reply, View } from '../view.ts';

/*
 * Several records of undo trouble tried again, each judged by itself as over the API. Nothing is sent over a target
 * that was changed: trying again looks first, and what to do about a change is decided on the record's own page.
 */

/** In a row of the list; the form it belongs to stands below it, because each row has one of its own. */
export function recordPick({ id, name, target }: UndoRecordItem, n: number, checked = false): Html {
  return html`<label class="pick"><input type="checkbox" form="several" name="${pickName(n)}" value="${id}" aria-label="Choose: ${name} ${target?.name ?? target?.id ?? ''}"${checked && html` checked`}></label>`;
}

export function severalForm(view: View, reason: string, wrong: string | null): Html {
  return html`<form id="several" class="several" method="post" action="${view.to('/undo/several')}"><button disabled hidden></button>${csrfField(view)}
<div class="fields"><label for="several-reason">Why the ticked ones are tried again</label>
${wrong !== null && html`<p class="field-error" id="several-error" role="alert">${wrong}</p>`}
<input id="several-reason" name="reason" maxlength="1000" value="${exact(reason)}"${wrong !== null && html` aria-invalid="true" aria-describedby="several-error"`}></div>
<p class="small">Each is looked at first: what somebody changed since stays as it is.</p>
<p class="chosen-go"><button>Try the ticked ones again</button></p></form>`;
}

export async function retrySeveral(view: View, { form }: Asked): Promise<Reply> {
  const { read, tenant, useCases } = view.deps;
  const ids = readPicked(form);
  const reason = (form('reason') ?? '').trim();
  if (reason.length > 1000) throw new Problem('request/invalid', 'A reason has at most 1,000 characters.');
  const found = await Promise.all(ids.map((id) => read.readUndoRecord(tenant, id)));
  const records = found.filter((record) => record !== null);
  if (records.length === 0) return nothingChosen(view);
  if (reason === '') return again(view, records);
  const outcomes: Outcome[] = [];
  // One after the other: of two records of one run the second is then told that the first is under way.
  for (const record of records) {
    const order = { recordId: record.id as UndoId, overwrite: null, reason };
    outcomes.push({ record, answer: await useCases.undoRecord(view.caller, order) });
  }
  return results(view, outcomes);
}

interface Outcome {
  record: UndoRecordItem;
  answer: { ok: true; runId: string } | Refusal;
}

/** What has another form was not ticked on a page of ours. */
function readPicked(form: Form): string[] {
  const ids = new Set<string>();
  for (let n = 0; n < picksMax; n++) {
    const id = form(pickName(n));
    if (id !== undefined && /^und_[\w-]{1,64}$/.test(id)) ids.add(id);
  }
  return [...ids];
}

function again(view: View, records: readonly UndoRecordItem[]): PageReply {
  return {
    status: 422,
    title: 'Try several again',
    section: 'actions',
    content: html`<h1>Try ${records.length} again</h1>
<ul class="questions">${records.map(
      (record, n) =>
        html`<li>${recordPick(record, n, true)} ${undoState(record.state)} ${targetText(record.target)} <span class="dim">${record.name}</span></li>`,
    )}</ul>${severalForm(view, '', 'Say why.')}
<p><a href="${view.to('/undo')}">Back without doing anything</a></p>`,
  };
}

function nothingChosen(view: View): PageReply {
  return {
    status: 422,
    title: 'Nothing chosen',
    section: 'actions',
    content: html`<h1>Nothing was chosen</h1>
<p>Nothing was done. <a href="${view.to('/undo')}">Tick what is to be tried again.</a></p>`,
  };
}

function results(view: View, outcomes: readonly Outcome[]): PageReply {
  const begun = outcomes.filter(({ answer }) => answer.ok).length;
  return {
    title: 'What became of each',
    section: 'actions',
    content: html`<h1>What became of each</h1>
<p role="status">${begun} begun${begun < outcomes.length && html`, <strong>${outcomes.length - begun} not</strong>`}. Whether it worked shows on each record.</p>
<ul class="questions">${outcomes.map(
      ({ record, answer }) =>
        html`<li>${became(view, answer)} <p><a href="${view.to(`/undo/${encodeURIComponent(record.id)}`)}">The record</a>: ${targetText(record.target)} <span class="dim">${record.name}</span></p></li>`,
    )}</ul><p><a href="${view.to('/undo')}">What is left</a></p>`,
  };
}

function became(view: View, answer: Outcome['answer']): Html {
  if (answer.ok) return html`${tag(['Begun', 'play', 'work'], '')} ${runLink(view, answer.runId)}`;
  return html`${tag(['Not done', 'warn', 'warn'], '')} <span>${answer.detail}</span> <code>${answer.code}</code>`;
}
