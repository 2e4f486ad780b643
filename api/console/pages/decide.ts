import { needsFreshSignIn } from '../../../engine/core/approval/fresh-sign-in.ts';
import type { ApprovalDetail } from '../../../engine/runtime/read/read-approval.ts';
import type { Code } from '../../../schemas/codes.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import { blankDraft, type Draft, forecast, typedWord } from '../approval-bar.ts';
import { voteLine } from '../approval-card.ts';
import { readProof } from '../approval-proof.ts';
import type { Asked } from '../asked.ts';
import { proveAgain } from '../freshness.ts';
import { type Html, html, type Value } from '../html.ts';
import type { Form } from '../read-form.ts';
import { moment } from '../times.ts';
import type { Reply, View } from '../view.ts';
import { cardPage, readCard } from './approval-page.ts';

/** *Approve* was pressed: shows the same card with the second step. Records nothing. */
export async function confirmDecision(view: View, { id, form }: Asked): Promise<Reply> {
  const approval = await readCard(view, id);
  const said = readSaid(form);
  return (
    (await standsInTheWay(view, approval, said)) ??
    cardPage(view, approval, { stage: 'confirm', draft: said.draft })
  );
}

/** A decision. The use case judges it again inside its transaction; its word is the one that counts. */
export async function decide(view: View, asked: Asked): Promise<Reply> {
  const { id, form } = asked;
  const approval = await readCard(view, id);
  const said = readSaid(form);
  // A card that changed is the use case's to refuse, because it writes the attempt down.
  if (said.decision === 'approve' && said.digest === approval.digest) {
    if (!said.confirmed) return confirmDecision(view, asked);
    const signed = form('answer') !== undefined;
    if (!signed && isStale(view, approval)) return refused(view, id, said, 'auth/fresh-sign-in', freshWords);
    const wrong = wronglyTyped(view, approval, said);
    if (wrong !== null) return wrong;
  }
  const proof = said.decision === 'approve' ? await readProof(view, { approvalId: id, ...said }, form) : null;
  if (proof !== null && 'ok' in proof) return refused(view, id, said, proof.code, proof.detail);
  const comment = said.draft.comment.trim();
  const settled = await view.deps.useCases.decideApproval(
    view.caller,
    {
      approvalId: id as ApprovalId,
      decision: said.decision,
      digest: said.digest,
      comment: comment === '' ? null : comment,
      ...(said.round > 0 && { round: said.round }),
    },
    ...(proof === null ? [] : [proof]),
  );
  // Answering with the card's own address keeps a reload from deciding twice.
  if (settled.ok) return { redirect: `/a/${encodeURIComponent(id)}` };
  return refused(view, id, said, settled.code, settled.detail);
}

export interface Said {
  decision: 'approve' | 'deny';
  digest: string;
  /** Which yes of this person it is, as the page said. */
  round: number;
  confirmed: boolean;
  draft: Draft;
}

/** @throws Problem request/invalid, approval/precondition-required */
export function readSaid(form: Form): Said {
  const [decision, digest] = [form('decision'), form('digest')];
  if (decision !== 'approve' && decision !== 'deny') {
    throw new Problem('request/invalid', 'The form does not say approve or deny. Nothing was recorded.');
  }
  if (digest === undefined) throw new Problem('approval/precondition-required');
  const comment = (form('comment') ?? '').replaceAll('\r\n', '\n');
  if (comment.length > 2000) throw new Problem('request/invalid', 'A comment has at most 2,000 characters.');
  const draft = { ...blankDraft, comment, typed: form('typed') ?? '' };
  return { decision, digest, round: readRound(form), confirmed: form('confirmed') === 'yes', draft };
}

/** @throws Problem request/invalid */
export function readRound(form: Form): number {
  const text = form('round') ?? '0';
  if (!/^[0-9]{1,6}$/.test(text))
    throw new Problem('request/invalid', 'The form does not say which vote it is. Nothing was recorded.');
  return Number(text);
}

/** What is better said before the second step than after it; null when nothing is. */
export async function standsInTheWay(
  view: View,
  approval: ApprovalDetail,
  said: Said,
): Promise<Reply | null> {
  const verdict = forecast(view, approval, said.decision);
  if (!verdict.allowed) return refused(view, approval.id, said, verdict.code, verdict.reason);
  if (said.digest !== approval.digest)
    return refused(view, approval.id, said, 'approval/digest-mismatch', '');
  // Who has a passkey proves it with the second step.
  if (!view.hasPasskey && isStale(view, approval)) {
    return refused(view, approval.id, said, 'auth/fresh-sign-in', freshWords);
  }
  if (approval.requireComment === 'always' && said.draft.comment.trim() === '') {
    return refused(view, approval.id, said, 'approval/comment-required', '');
  }
  return null;
}

/** Null when what had to be typed was. */
export function wronglyTyped(view: View, approval: ApprovalDetail, { draft }: Said): Promise<Reply> | null {
  const word = typedWord(approval);
  if (word === null || draft.typed.trim() === word.trim()) return null;
  const error = { field: 'typed', text: `Type ${word} exactly as it is written.` } as const;
  return cardPage(view, approval, { status: 422, stage: 'confirm', draft: { ...draft, error } });
}

/** Said before the second step; the use case says it again, by the clock of the database. */
export function isStale(view: View, { card }: ApprovalDetail): boolean {
  const answer = { decision: 'approve' } as const;
  return needsFreshSignIn(card.class, answer, view.signedInAtMs, view.nowMs) !== null;
}

const freshWords = 'This cannot be undone, so it needs a sign-in of the last five minutes.';

/** The card as it is now, with what became of the decision. */
async function refused(view: View, id: string, said: Said, code: Code, detail: string): Promise<Reply> {
  const approval = await readCard(view, id);
  const status = statusOf(code);
  if (code === 'approval/comment-required') {
    const text = said.decision === 'deny' ? 'Say why you deny it.' : 'Say why you approve it.';
    return cardPage(view, approval, { status, draft: { ...said.draft, error: { field: 'comment', text } } });
  }
  return cardPage(view, approval, {
    status,
    notice: noticeFor(view, approval, code, detail),
    draft: said.draft,
  });
}

export function noticeFor(view: View, approval: ApprovalDetail, code: Code, detail: string): Html {
  switch (code) {
    case 'approval/digest-mismatch':
      return notice('warn', 'The action changed since you opened it.', [
        'Nothing was recorded. Below is what would happen now: read it again, then decide.',
      ]);
    case 'approval/too-late-to-withdraw':
      return notice('warn', 'It was approved before you took your yes back.', [
        'Your yes stands. ',
        html`<a href="${view.to(`/runs/${approval.run.id}/undo`)}">Undo the run</a>`,
        ' takes back what it does; an emergency stop holds what has not gone out yet.',
      ]);
    case 'approval/already-decided':
    case 'approval/denied':
    case 'approval/expired':
    case 'approval/cancelled':
    case 'approval/superseded':
      return notice('quiet', decidedBefore(approval), [
        'What you sent just now does not count. ',
        approval.votes.length > 0 && html`${approval.votes.map((vote) => voteLine(view, vote))}`,
        approval.votes.length === 0 && approval.endedAt !== null && moment(approval.endedAt, view.nowMs),
      ]);
    case 'auth/fresh-sign-in':
    case 'auth/bad-passkey':
      return notice('bad', 'Nothing was recorded.', [detail, proveAgain(view, `/a/${approval.id}`)]);
    default:
      return notice('bad', 'Nothing was recorded.', [detail]);
  }
}

function decidedBefore({ state, votes }: ApprovalDetail): string {
  const last = votes.at(-1)?.person.name;
  switch (state) {
    case 'granted':
      return `It was approved before${last === undefined ? '' : `, last by ${last}`}.`;
    case 'denied':
      return `It was denied before${last === undefined ? '' : ` by ${last}`}.`;
    case 'superseded':
      return 'A newer question replaced this one.';
    case 'cancelled':
      return 'The run ended before anybody decided.';
    case 'pending':
      return votes.length > 0 ? 'Somebody decided before.' : 'The time to decide is over.';
    default:
      return 'Nobody decided in time, and silence is a no.';
  }
}

function notice(tone: 'warn' | 'quiet' | 'bad', title: string, text: Value): Html {
  return html`<div class="notice ${tone}" role="alert" tabindex="-1" autofocus><p><strong>${title}</strong></p><div>${text}</div></div>`;
}
