import { breakGlass } from '../../engine/core/approval/judge-break-glass.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import { csrfField } from './csrf.ts';
import { data } from './data.ts';
import { exact, type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { moment } from './times.ts';
import { may, type View } from './view.ts';

/** What was typed into the form and is given back when it was not taken. */
export interface GlassDraft {
  reason: string;
  typed: string;
}

/** What has to be typed, so that nobody gets here by pressing: the target's name, or what is done. */
export function glassWord({ card }: ApprovalDetail): string {
  const [target] = card.targets;
  if (card.targets.length > 1) return String(card.targets.length);
  return target === undefined ? card.action : (target.name ?? target.id);
}

/** Closed until somebody who may opens it: it stands below everything that the others decide by. */
export function glassForm(view: View, approval: ApprovalDetail, draft: GlassDraft | null): Html | null {
  if (approval.state !== 'pending' || !may(view, 'approvals.break-glass')) return null;
  const word = glassWord(approval);
  const { glassQuorum } = approval;
  return html`<section class="glass"><details${draft !== null && html` open`}><summary>${icon('warn')}Break the glass: decide alone</summary>
<form method="post" action="${view.to(`/a/${approval.id}/${view.hasPasskey ? 'prove-alone' : 'break-glass'}`)}">${csrfField(view)}<input type="hidden" name="digest" value="${exact(approval.digest)}">
<p class="small">In place of everybody who is asked. Guardrails, stops and budgets hold as before.${glassQuorum > 1 && html` <strong>The guardrails want ${glassQuorum} people here: you are one of them, the others say yes first (${approval.approvals} so far).</strong>`} All operators are told at once, and one of them reviews it within a day. At most ${breakGlass.usesPerDay} times in 24 hours, ${view.hasPasskey ? 'signed with your passkey, or ' : ''}with a sign-in of the last five minutes.</p>
<label for="glass-reason">What cannot wait, and who was not reached (at least ${breakGlass.reasonLengthMin} characters)</label>
<textarea id="glass-reason" name="reason" rows="3" maxlength="${breakGlass.reasonLengthMax}">
${exact(draft?.reason ?? '')}</textarea>
<label for="glass-typed">Type ${approval.card.targets.length > 1 ? 'the number of targets' : 'the name of the target'}: <bdi class="data">${word}</bdi></label>
<input id="glass-typed" name="typed" autocomplete="off" autocapitalize="off" spellcheck="false" value="${exact(draft?.typed ?? '')}">
<button class="danger">Approve alone</button></form></details></section>`;
}

/** That it was decided so, by whom and why, and what somebody else thought of it. */
export function glassNotice(view: View, approval: ApprovalDetail): Html | null {
  const { breakGlass: glass } = approval;
  if (glass === null) return null;
  const { by, reason, at, review } = glass;
  return html`<section class="notice bad glass" id="glass"><p><strong>${icon('warn')}${by.name} decided this alone</strong> ${moment(at, view.nowMs)}</p>
<p>${data(reason)}</p>
${review === null ? html`<p>Nobody has reviewed it yet.</p>${reviewForm(view, approval)}` : html`<p><strong>${review.by.name}</strong> found it ${review.finding === 'justified' ? 'justified' : 'not justified'} ${moment(review.at, view.nowMs)}: ${data(review.comment)}</p>`}</section>`;
}

/** Somebody may be writing one just now. */
export function mayReview(view: View, { breakGlass: glass }: ApprovalDetail): boolean {
  if (glass === null || glass.review !== null) return false;
  return may(view, 'approvals.review') && view.caller.personId !== glass.by.id;
}

function reviewForm(view: View, approval: ApprovalDetail): Html | null {
  if (!mayReview(view, approval)) return null;
  const { id } = approval;
  return html`<form method="post" action="${view.to(`/a/${id}/review`)}">${csrfField(view)}
<label for="review-comment">What you looked at</label>
<textarea id="review-comment" name="comment" rows="2" maxlength="2000"></textarea>
<p class="choice"><button name="finding" value="not-justified">${icon('cross')}Not justified</button>
<button name="finding" value="justified">${icon('check')}Justified</button></p></form>`;
}
