import type { ApprovalDetail } from '../../../engine/runtime/read/read-approval.ts';
import { maskApproval } from '../../http/mask-approval.ts';
import { found } from '../../http/problem.ts';
import { alertWeight } from '../alert-words.ts';
import { aftermath } from '../approval-aftermath.ts';
import { askBar, blankDraft, confirmBar, type Draft } from '../approval-bar.ts';
import { approvalCard, voteLine } from '../approval-card.ts';
import { type ChangeDraft, changeForms } from '../approval-change.ts';
import { approvalVersion, toldOf } from '../approval-told.ts';
import type { Asked } from '../asked.ts';
import { type GlassDraft, glassForm, glassNotice, mayReview } from '../break-glass-panel.ts';
import { marked } from '../data.ts';
import { type Html, html } from '../html.ts';
import { noticeTrouble } from '../notice-list.ts';
import { otherPeople } from '../others.ts';
import { approvalState } from '../states.ts';
import { moment, span } from '../times.ts';
import { may, type PageReply, type Reply, type View } from '../view.ts';

/** One question to people, with everything that a yes depends on. Opening it changes nothing. */
export async function approvalPage(view: View, { id }: Asked): Promise<PageReply> {
  return cardPage(view, await readCard(view, id));
}

/** Their open page says that it is, or is not any more. Nobody's session goes on for it, and it is in no log. */
export async function sayPresent(view: View, { id, form }: Asked): Promise<Reply> {
  const { personId } = view.caller;
  if (personId !== null) await view.deps.live.presence[form('left') === '1' ? 'left' : 'note'](personId, id);
  return { nothing: true };
}

export async function readCard(view: View, id: string): Promise<ApprovalDetail> {
  return found(await view.deps.read.readApproval(view.deps.tenant, id));
}

export interface Shown {
  status?: number;
  /** What became of the decision that was just sent. */
  notice?: Html;
  stage?: 'ask' | 'confirm';
  draft?: Draft;
  /** What was typed into a change that was not taken. */
  change?: ChangeDraft | null;
  glass?: GlassDraft | null;
}

export async function cardPage(view: View, approval: ApprovalDetail, shown: Shown = {}): Promise<PageReply> {
  const { status = 200, notice, stage = 'ask', draft = blankDraft, change = null, glass = null } = shown;
  const open = approval.state === 'pending';
  const mayLookAgain = notice === undefined && !mayReview(view, approval);
  const after = open ? null : await aftermath(view, approval, mayLookAgain);
  const present = open ? await view.deps.live.presence.of([approval.id]) : [];
  const masked = may(view, 'values.read') ? approval : maskApproval(approval);
  const bar =
    open && (stage === 'confirm' ? confirmBar(view, approval, draft) : askBar(view, approval, draft));
  return {
    status,
    title: approval.card.question,
    section: 'actions',
    live: ['approvals', `runs:${approval.run.id}`, ...(open ? [`presence:${approval.id}` as const] : [])],
    ...(open && { script: 'presence' as const }),
    content: html`<article class="approval" data-question="${approval.id}" data-version="${approvalVersion(view, approval)}"${open && html` data-presence="${view.to(`/a/${approval.id}/presence`)}"`}><p hidden data-told>${toldOf(view, approval)}</p>${notice}${draft.error && summary(draft.error)}
<header><h1>${marked(approval.card.question)}</h1>
<div class="lead" data-part="lead">${approvalState(approval.state)} ${open ? ends(view, approval) : ended(view, approval)}</div>
<p>${marked(approval.card.why)} ${await weight(view, approval)}</p>${open && html`<div data-part="others">${otherPeople(view, present)}</div>`}</header>
${noticeTrouble(approval)}${glassNotice(view, approval)}${after?.content}${approvalCard(view, masked)}${open && stage === 'ask' && [changeForms(view, approval, change), glassForm(view, approval, glass)]}</article>`,
    ...(bar !== false && { bar }),
    ...(after?.looksAgain === true && { refreshSeconds: 3 }),
  };
}

function ends(view: View, { expiresAt, standsStill, pausedMs, approvals, quorum }: ApprovalDetail): Html {
  const leftMs = Date.parse(expiresAt) - view.nowMs;
  const left = leftMs > 0 ? span(Math.round(leftMs / 1000)) : null;
  const still = left !== null && standsStill;
  const words = still
    ? `time stands still in the pause, ${left} left`
    : html`expires <time datetime="${expiresAt}">in ${left}</time>`;
  return html`· <strong class="expiry">${left === null ? 'expired' : words}</strong>, silence is a no${pausedMs > 0 && !still && html` · its time stood still for ${span(Math.round(pausedMs / 1000))} while everything was paused`}${quorum > 1 && html` · ${approvals} of ${quorum} approvals`}`;
}

function ended(view: View, approval: ApprovalDetail): Html {
  const { state, endedAt, votes } = approval;
  if (state === 'granted' || state === 'denied') return html`${votes.map((vote) => voteLine(view, vote))}`;
  return html`${endedAt !== null && moment(endedAt, view.nowMs)}`;
}

async function weight(view: View, { alertId }: ApprovalDetail): Promise<Html | null> {
  if (alertId === null) return null;
  const alert = await view.deps.read.readAlert(view.deps.tenant, alertId);
  return alert && alertWeight(view, alert);
}

function summary(error: NonNullable<Draft['error']>): Html {
  return html`<div class="notice bad" role="alert" tabindex="-1" autofocus><p><strong>Nothing was recorded yet.</strong> <a href="#${error.field}">${error.text}</a></p></div>`;
}
