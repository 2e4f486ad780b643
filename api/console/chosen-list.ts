import { needsFreshSignIn } from '../../engine/core/approval/fresh-sign-in.ts';
import { type Decider, roundOf } from '../../engine/core/identity/may-decide.ts';
import type { ApprovalDetail } from '../../engine/runtime/read/read-approval.ts';
import { forecast } from './approval-bar.ts';
import { approvalVersion, toldOf } from './approval-told.ts';
import { csrfField } from './csrf.ts';
import { data, jsonData, marked, nameData } from './data.ts';
import { exact, type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { approvalLink, playbookLink, runLink } from './links.ts';
import { pickName } from './picks.ts';
import { expiry } from './times.ts';
import type { View } from './view.ts';

/** What was typed for all of them, given back when something is missing. */
export interface ChosenDraft {
  comment: string;
  typed: string;
  error?: { field: 'comment' | 'typed'; text: string };
}

/**
 * Several questions, each with everything that its digest stands for; what is ticked is what is sent, and each is
 * judged by itself. What needs a look of its own is not ticked beforehand.
 */
export function chosenForm(view: View, approvals: readonly ApprovalDetail[], draft: ChosenDraft): Html {
  const counted = mustCount(approvals);
  const { error } = draft;
  return html`<form class="chosen" method="post" action="${view.to(view.hasPasskey ? '/actions/prove' : '/actions/decisions')}"><button disabled hidden></button>${csrfField(view)}
${kindsNote(approvals)}
<ol class="questions">${approvals.map((approval, n) => item(view, approval, n))}</ol>
<div class="fields">${field('comment', 'One reason for all of them', error)}
<textarea id="comment" name="comment" rows="2" maxlength="2000"${wrong('comment', error)}>
${exact(draft.comment)}</textarea>
${
  counted &&
  html`${field('typed', 'To approve, type how many are ticked', error)}
<input id="typed" name="typed" inputmode="numeric" autocomplete="off" value="${exact(draft.typed)}"${wrong('typed', error)}>`
}</div>
<p class="small" role="status" data-ticked="boxes" hidden><b data-fill></b> ticked.</p>
<div class="choice"><button name="decision" value="deny" data-shortcut="d">${icon('cross')}Deny the ticked ones</button>
<button name="decision" value="approve" data-shortcut="a">${icon('check')}Approve the ticked ones</button></div>
<p><a href="${view.to('/actions')}">${icon('back')}Back without deciding</a></p></form>`;
}

/** More than ten, of several kinds, or not to be taken back: then a number has to be typed, as on a card. */
export function mustCount(approvals: readonly ApprovalDetail[]): boolean {
  const targets = approvals.reduce((sum, { card }) => sum + Math.max(1, card.targets.length), 0);
  const kinds = new Set(approvals.map(kindOf));
  return targets > 10 || kinds.size > 1 || approvals.some(({ card }) => card.class === 'eradicate');
}

/** Action and connection: what a person can take in as "the same thing, several times". */
function kindOf({ card, plan }: ApprovalDetail): string {
  return `${card.action} ${JSON.stringify(plan.connector ?? null)}`;
}

function kindsNote(approvals: readonly ApprovalDetail[]): Html | null {
  const kinds = new Map<string, { action: string; count: number }>();
  for (const approval of approvals) {
    const { action } = approval.card;
    kinds.set(kindOf(approval), { action, count: (kinds.get(kindOf(approval))?.count ?? 0) + 1 });
  }
  if (kinds.size < 2) return null;
  return html`<p class="notice warn">${icon('warn')}These are not all the same: ${[...kinds.values()].map(
    ({ action, count }, n) => html`${n > 0 && ', '}${count} × <code>${action}</code>`,
  )}.</p>`;
}

function item(view: View, approval: ApprovalDetail, n: number): Html {
  const { card, id, digest } = approval;
  const note = noteOn(view, approval);
  const round = roundOf(view.caller satisfies Decider, approval);
  return html`<li class="${card.class}" data-question="${id}" data-version="${approvalVersion(view, approval)}"><p hidden data-told>${toldOf(view, approval)}</p><label class="pick"><input type="checkbox" name="${pickName(n)}" value="${id} ${digest}${round > 0 && ` ${round}`}"${note === null && html` checked`}> <strong>${marked(card.question)}</strong></label>
${note !== null && html`<p class="field-error">${note}</p>`}
<p>${marked(card.happens)} <span class="chip ${card.class}">${card.class}</span> ${marked(card.wayBack)}</p>
<dl class="values">${card.targets.map(
    (target) =>
      html`<div><dt>${target.kind}</dt><dd>${nameData(target.name ?? target.id)} <span class="dim">id ${data(target.id)}</span></dd></div>`,
  )}${card.arguments.map(
    ({ name, value }) => html`<div><dt>${name}</dt><dd>${jsonData(value)}</dd></div>`,
  )}</dl>
<p class="small dim">${playbookLink(view, approval.playbook)} · ${runLink(view, approval.run.id)} · ${approval.approvals} of ${approval.quorum} approvals · ${expiry(approval, view.nowMs)} · ${approvalLink(view, id, 'the whole card')}</p>
<p class="small"><code class="wrap">${digest}</code></p></li>`;
}

/** Why this one should not go along with the others, or null. */
function noteOn(view: View, approval: ApprovalDetail): string | null {
  const deny = forecast(view, approval, 'deny');
  if (!deny.allowed) return `You cannot decide it: ${deny.reason}`;
  const approve = forecast(view, approval, 'approve');
  if (!approve.allowed) return `It cannot be approved: ${approve.reason}`;
  const { class: ofClass, targets } = approval.card;
  if (targets.length > 10) return `It is about ${targets.length} targets: read its own card.`;
  if (ofClass !== 'eradicate') return null;
  const stale = needsFreshSignIn(ofClass, { decision: 'approve' }, view.signedInAtMs, view.nowMs);
  return stale === null || view.hasPasskey
    ? 'It cannot be undone.'
    : 'It cannot be undone, and approving it needs a sign-in of the last five minutes.';
}

function field(name: 'comment' | 'typed', words: string, error: ChosenDraft['error']): Html {
  return html`<label for="${name}">${words}</label>
${error?.field === name && html`<p class="field-error" id="${name}-error">${error.text}</p>`}`;
}

function wrong(name: string, error: ChosenDraft['error']): Html | false {
  return error?.field === name && html` aria-invalid="true" aria-describedby="${name}-error"`;
}
