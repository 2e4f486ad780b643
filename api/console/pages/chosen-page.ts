import type { ApprovalDetail } from '../../../engine/runtime/read/read-approval.ts';
import type { Code } from '../../../schemas/codes.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import { maskApproval } from '../../http/mask-approval.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import type { Refusal } from '../../http/use-cases.ts';
import { readWordsProof, wordsOf } from '../approval-proof.ts';
import type { Asked } from '../asked.ts';
import { type ChosenDraft, chosenForm, mustCount } from '../chosen-list.ts';
import { marked } from '../data.ts';
import { proveAgain } from '../freshness.ts';
import { type Html, html, type Value } from '../html.ts';
import { approvalLink } from '../links.ts';
import { type Pick, picksAddress, picksOf, readPicks } from '../picks.ts';
import type { Form } from '../read-form.ts';
import { approvalState, tag } from '../states.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/*
 * Several questions at once. Choosing leads to a page that shows each with its digest; what is ticked there is
 * sent, judged one by one as over the API, and answered one by one. Nothing is decided that was not shown.
 */

/** Shows what was chosen. Records nothing. */
export async function chosenPage(view: View, { form }: Asked): Promise<Reply> {
  const picks = readPicks(form);
  if (picks.length === 0) return nothingChosen(view);
  // Who comes back from signing has written something already.
  const comment = (form('comment') ?? '').replaceAll('\r\n', '\n').slice(0, commentLengthMax);
  return reading(view, await readAll(view, picks), { comment, typed: '' });
}

/** The same under an address, for an open page that asks whether it is still true. */
export async function chosenAgain(view: View, { query }: Asked): Promise<Reply> {
  const approvals = await readAll(view, picksOf(query('pick')));
  if (approvals.length === 0) return { redirect: '/actions' };
  return reading(view, approvals, { comment: '', typed: '' });
}

const commentLengthMax = 2000;

/** What was ticked, as the form says it. */
export interface Chosen {
  decision: 'approve' | 'deny';
  picks: Pick[];
  approvals: ApprovalDetail[];
  draft: ChosenDraft;
}

/**
 * Or the page that says what is missing.
 *
 * @throws Problem request/invalid, approval/precondition-required
 */
export async function readChosen(view: View, form: Form): Promise<Chosen | PageReply> {
  const decision = form('decision');
  if (decision !== 'approve' && decision !== 'deny')
    throw new Problem('request/invalid', 'The form does not say approve or deny. Nothing was recorded.');
  const picks = readPicks(form);
  if (picks.length === 0) return nothingChosen(view);
  if (picks.some(({ digest }) => digest === null)) throw new Problem('approval/precondition-required');
  const approvals = await readAll(view, picks);
  const draft = { comment: (form('comment') ?? '').replaceAll('\r\n', '\n'), typed: form('typed') ?? '' };
  if (draft.comment.length > commentLengthMax)
    throw new Problem('request/invalid', 'A comment has at most 2,000 characters.');
  const error = errorIn(draft, decision, approvals);
  if (error !== null) return { ...reading(view, approvals, { ...draft, error }), status: 422 };
  return { decision, picks, approvals, draft };
}

/** Decides. A card that changed meanwhile is the use case's to refuse: it writes the attempt down. */
export async function decideChosen(view: View, { form }: Asked): Promise<Reply> {
  const chosen = await readChosen(view, form);
  if (!('picks' in chosen)) return chosen;
  const { decision, picks, approvals, draft } = chosen;
  const proof = decision === 'approve' ? await readWordsProof(view, wordsOf(picks), form) : null;
  if (proof !== null && 'ok' in proof)
    return again(view, chosen, proof.code, html`${proof.detail}${proveAgain(view, '/actions')}`);
  const outcomes: Outcome[] = [];
  // One after the other, as over the API: one refusal holds up no other.
  for (const { id, digest, round } of picks) {
    const answer = await view.deps.useCases.decideApproval(
      view.caller,
      {
        approvalId: id as ApprovalId,
        decision,
        digest: digest ?? '',
        comment: draft.comment.trim(),
        ...(round > 0 && { round }),
      },
      ...(proof === null ? [] : [proof]),
    );
    outcomes.push({ approval: approvals.find((each) => each.id === id) ?? null, id, answer });
  }
  return results(view, outcomes);
}

/** None of them is decided: they are read again. */
export function again(view: View, { approvals, draft }: Chosen, code: Code, why: Value): PageReply {
  const page = reading(view, approvals, draft);
  const content = html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p><strong>Nothing was recorded.</strong></p><div>${why}</div></div>${page.content}`;
  return { ...page, content, status: statusOf(code) };
}

interface Outcome {
  id: string;
  approval: ApprovalDetail | null;
  answer: { ok: true; state: string; votes: number; quorum: number; repeated: boolean } | Refusal;
}

/** Those that exist, in the order they were chosen. */
async function readAll(view: View, picks: readonly Pick[]): Promise<ApprovalDetail[]> {
  const { read, tenant } = view.deps;
  const found = await Promise.all(picks.map(({ id }) => read.readApproval(tenant, id)));
  const there = found.filter((approval) => approval !== null);
  return may(view, 'values.read') ? there : there.map(maskApproval);
}

function errorIn(
  { comment, typed }: ChosenDraft,
  decision: 'approve' | 'deny',
  approvals: readonly ApprovalDetail[],
): NonNullable<ChosenDraft['error']> | null {
  if (comment.trim() === '') return { field: 'comment', text: `Say why you ${decision} them.` };
  if (decision === 'deny' || !mustCount(approvals) || typed.trim() === String(approvals.length)) return null;
  return { field: 'typed', text: `${approvals.length} were ticked: type that number.` };
}

function reading(view: View, approvals: readonly ApprovalDetail[], draft: ChosenDraft): PageReply {
  const { error } = draft;
  return {
    title: 'Several questions',
    section: 'actions',
    live: ['approvals'],
    lookAt: picksAddress(approvals.map(({ id }) => id)),
    content: html`<article class="approval" data-keep>${
      error !== undefined &&
      html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p><strong>Nothing was recorded yet.</strong> <a href="#${error.field}">${error.text}</a></p></div>`
    }
<h1>${approvals.length === 1 ? 'One question' : `${approvals.length} questions`}</h1>
<p>Read each. What is ticked is decided with exactly the digest that stands below it, each by itself.</p>${chosenForm(view, approvals, draft)}</article>`,
  };
}

function nothingChosen(view: View): PageReply {
  return {
    status: 422,
    title: 'Nothing chosen',
    section: 'actions',
    content: html`<h1>Nothing was chosen</h1>
<p>Nothing was recorded. <a href="${view.to('/actions')}">Tick the questions</a> that you want to decide together.</p>`,
  };
}

function results(view: View, outcomes: readonly Outcome[]): PageReply {
  const counted = outcomes.filter(({ answer }) => answer.ok).length;
  const stale = outcomes.some(({ answer }) => !answer.ok && answer.code === 'auth/fresh-sign-in');
  return {
    title: 'What became of each',
    section: 'actions',
    content: html`<h1>What became of each</h1>
<p role="status">${counted} counted${counted < outcomes.length && html`, <strong>${outcomes.length - counted} did not</strong>`}.</p>${stale && proveAgain(view, '/actions')}
<ul class="questions">${outcomes.map(
      ({ id, approval, answer }) =>
        html`<li>${became(answer)} <p>${approvalLink(view, id, 'The card')}: ${approval === null ? id : marked(approval.card.question)}</p></li>`,
    )}</ul><p><a href="${view.to('/actions')}">What still waits</a></p>`,
  };
}

function became(answer: Outcome['answer']): Html {
  if (!answer.ok)
    return html`${tag(['Did not count', 'warn', 'warn'], '')} <span>${answer.detail}</span> <code>${answer.code}</code>`;
  const { state, votes, quorum, repeated } = answer;
  return html`${approvalState(state)}${state === 'pending' && html` <span>${votes} of ${quorum} approvals: it waits for more people.</span>`}${repeated && html` <span class="dim">You had said so before.</span>`}`;
}
