import { type Decider, mayDecide, mayWithdraw, roundOf } from '../../engine/core/identity/may-decide.ts';
import type { Verdict } from '../../engine/core/identity/rights.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import { csrfField } from './csrf.ts';
import { marked } from './data.ts';
import { exact, type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { relative } from './times.ts';
import type { View } from './view.ts';

/** What the person wrote into the form and gets back when something is missing. */
export interface Draft {
  comment: string;
  /** Of a step that cannot be taken back: the target's name as typed. */
  typed: string;
  error?: { field: 'comment' | 'typed'; text: string };
}

export const blankDraft: Draft = { comment: '', typed: '' };

export function forecast(view: View, approval: ApprovalDetail, decision: 'approve' | 'deny'): Verdict {
  const verdict = mayDecide(view.caller satisfies Decider, approval, decision);
  if (!verdict.allowed || Date.parse(approval.expiresAt) > view.nowMs) return verdict;
  return { allowed: false, code: 'approval/expired', reason: 'The time to decide is over; silence is a no.' };
}

/**
 * First step: Deny and Approve, the same size, neither of them what Enter presses. The form says
 * which digest it showed; a decision about anything else does not count.
 */
export function askBar(view: View, approval: ApprovalDetail, draft: Draft): Html {
  const [approve, deny] = [forecast(view, approval, 'approve'), forecast(view, approval, 'deny')];
  if (!deny.allowed) return reasonBar(deny.reason);
  const at = view.to(`/a/${approval.id}`);
  if (mayWithdraw(view.caller satisfies Decider, approval).allowed)
    return secondThoughts(view, approval, draft);
  return html`<form class="bar" method="post" action="${at}/decisions">${hidden(view, approval)}
<div class="fields">${commentField(approval, draft)}
${!approve.allowed && html`<p id="why-not" class="small" tabindex="-1">Cannot be approved: ${approve.reason}</p>`}</div>
<div class="choice">
<button name="decision" value="deny" data-shortcut="d" formaction="${at}/decisions">${icon('cross')}Deny</button>
<button name="decision" value="approve" data-shortcut="a" formaction="${at}/confirm"${!approve.allowed && html` disabled aria-describedby="why-not"`}>${icon('check')}Approve</button>
</div></form>`;
}

/** For somebody whose yes stands while others are still asked: it can be taken back, or become a no. */
function secondThoughts(view: View, approval: ApprovalDetail, draft: Draft): Html {
  const at = view.to(`/a/${approval.id}`);
  const { approvals, quorum } = approval;
  return html`<form class="bar" method="post" action="${at}/withdraw">${hidden(view, approval)}
<div class="fields"><p class="small">You said yes; ${approvals} of ${quorum} approvals are there. Until the last one you can think again.</p>
${commentField(approval, draft)}</div>
<div class="choice">
<button name="decision" value="deny" data-shortcut="d" formaction="${at}/decisions"${!forecast(view, approval, 'deny').allowed && html` disabled`}>${icon('cross')}Deny instead</button>
<button name="decision" value="withdraw" data-shortcut="u">${icon('back')}Take my yes back</button>
</div></form>`;
}

/**
 * Second step. *Back* stands where *Approve* stood, so that pressing twice by mistake goes back,
 * and the stylesheet keeps the other button inert for its first moment.
 */
export function confirmBar(view: View, approval: ApprovalDetail, draft: Draft): Html {
  const at = view.to(`/a/${approval.id}`);
  // What cannot be taken back is signed by whoever has a key to sign it with.
  const signs = view.hasPasskey && approval.card.class === 'eradicate';
  return html`<form class="bar confirm" method="post" action="${at}/${signs ? 'prove' : 'decisions'}"><button disabled hidden></button>${hidden(view, approval)}
<input type="hidden" name="confirmed" value="yes"><input type="hidden" name="comment" value="${exact(draft.comment)}">
<div class="fields"><p class="sure"><strong>${marked(approval.card.happens)}</strong> ${approval.card.reversible ? 'It can be undone.' : 'It cannot be undone.'}${signs && ' Your passkey signs it.'}${!approval.standsStill && html` Expires ${relative(Date.parse(approval.expiresAt) - view.nowMs)}.`}</p>
${typedWord(approval) !== null && typedField(approval, draft)}</div>
<div class="choice">
<button class="act" name="decision" value="approve" data-shortcut="a">${doWords(approval)}${icon('check')}</button>
<a class="button" href="${at}">${icon('back')}Back</a>
</div></form>`;
}

export function reasonBar(reason: string): Html {
  return html`<div class="bar"><p class="reason" tabindex="-1" data-shortcut="a d">${icon('stop')}<span>You cannot decide: ${reason}</span></p></div>`;
}

/**
 * What has to be typed before this is done, or null: the target's name when it cannot be taken
 * back, the number of targets when they are more than ten (facts 2.3, 1).
 */
export function typedWord({ card }: ApprovalDetail): string | null {
  if (card.targets.length > 10) return String(card.targets.length);
  if (card.class !== 'eradicate') return null;
  const [target] = card.targets;
  return target === undefined ? card.action : (target.name ?? target.id);
}

/** A name that fills the bar would push *Back* out of reach; what is asked stands in full above it. */
const doWordsMax = 80;

function doWords({ card }: ApprovalDetail): string {
  if (card.question.length > doWordsMax) return 'Do it now';
  return /\?\s*$/.test(card.question) ? card.question.replace(/\?\s*$/, ' now') : 'Do it now';
}

function hidden(view: View, approval: ApprovalDetail): Html {
  return html`${csrfField(view)}<input type="hidden" name="digest" value="${exact(approval.digest)}"><input type="hidden" name="round" value="${roundOf(view.caller satisfies Decider, approval)}">`;
}

function commentField({ requireComment }: ApprovalDetail, { comment, error }: Draft): Html {
  const wrong = error?.field === 'comment' ? error.text : null;
  const need = { always: ' (required)', on_deny: ' (required to deny)' }[requireComment] ?? '';
  // A text area, because Enter in a line of text would press the first button.
  return html`<label for="comment">Comment${need}</label>
${wrong !== null && html`<p class="field-error" id="comment-error">${wrong}</p>`}
<textarea id="comment" name="comment" rows="1" maxlength="2000"${wrong !== null && html` aria-invalid="true" aria-describedby="comment-error"`}>
${exact(comment)}</textarea>`;
}

function typedField(approval: ApprovalDetail, { typed, error }: Draft): Html {
  const wrong = error?.field === 'typed' ? error.text : null;
  const many = approval.card.targets.length > 10;
  return html`<label for="typed">Type ${many ? 'the number of targets' : 'the name of the target'} to go on: <bdi class="data">${typedWord(approval)}</bdi></label>
${wrong !== null && html`<p class="field-error" id="typed-error">${wrong}</p>`}
<input id="typed" name="typed" autocomplete="off" autocapitalize="off" spellcheck="false" value="${exact(typed)}"${wrong !== null && html` aria-invalid="true" aria-describedby="typed-error"`}>`;
}
