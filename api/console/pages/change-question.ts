import { readArgument } from '../../../engine/core/approval/read-argument.ts';
import type { ApprovalDetail } from '../../../engine/runtime/read/read-approval.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import { type ChangeDraft, shownValue } from '../approval-change.ts';
import type { Asked } from '../asked.ts';
import type { Form } from '../read-form.ts';
import type { Reply, View } from '../view.ts';
import { cardPage, readCard } from './approval-page.ts';
import { noticeFor, readRound } from './decide.ts';

/** A change of arguments. The use case judges it inside its transaction; this only reads the form. */
export async function changeQuestion(view: View, { id, form }: Asked): Promise<Reply> {
  const approval = await readCard(view, id);
  const digest = form('digest');
  if (digest === undefined) throw new Problem('approval/precondition-required');
  const draft = draftOf(approval, form);
  const read = valuesOf(approval, draft);
  if (!read.ok) return refused(view, id, draft, 'approval/edit-rejected', read.detail);
  const comment = draft.comment.trim();
  const edited = await view.deps.useCases.editApproval(view.caller, {
    approvalId: id as ApprovalId,
    values: read.values,
    digest,
    comment: comment === '' ? null : comment,
  });
  if (!edited.ok) return refused(view, id, draft, edited.code, edited.detail);
  return { redirect: `/a/${encodeURIComponent(edited.next?.id ?? id)}` };
}

/** Somebody takes their yes back; to say no instead they send a decision. */
export async function withdrawVote(view: View, { id, form }: Asked): Promise<Reply> {
  await readCard(view, id);
  const comment = readComment(form).trim();
  const withdrawn = await view.deps.useCases.withdrawApproval(view.caller, {
    approvalId: id as ApprovalId,
    comment: comment === '' ? null : comment,
    ...(form('round') !== undefined && { round: readRound(form) }),
  });
  if (withdrawn.ok) return { redirect: `/a/${encodeURIComponent(id)}` };
  return refused(view, id, null, withdrawn.code, withdrawn.detail);
}

export async function extendQuestion(view: View, { id }: Asked): Promise<Reply> {
  await readCard(view, id);
  const extended = await view.deps.useCases.extendApproval(view.caller, { approvalId: id as ApprovalId });
  if (extended.ok) return { redirect: `/a/${encodeURIComponent(id)}` };
  return refused(view, id, null, extended.code, extended.detail);
}

function draftOf({ card }: ApprovalDetail, form: Form): ChangeDraft {
  const typed: { [name: string]: string } = {};
  for (const { name } of card.editable) {
    const text = form(`set.${name}`);
    if (text !== undefined) typed[name] = text.replaceAll('\r\n', '\n');
  }
  return { typed, comment: readComment(form) };
}

/** @throws Problem request/invalid */
function readComment(form: Form): string {
  const comment = (form('comment') ?? '').replaceAll('\r\n', '\n');
  if (comment.length > 2000) throw new Problem('request/invalid', 'A comment has at most 2,000 characters.');
  return comment;
}

/** Only what differs from what the field showed: the rest was not touched. */
function valuesOf(
  approval: ApprovalDetail,
  { typed }: ChangeDraft,
): { ok: true; values: JsonObject } | { ok: false; detail: string } {
  const values: JsonObject = {};
  for (const { name, schema } of approval.card.editable) {
    const text = typed[name];
    if (text === undefined || text === shownValue(approval, name, schema)) continue;
    const read = readArgument(schema, text);
    if (!read.ok) return { ok: false, detail: `"${name}" takes ${read.wanted}.` };
    values[name] = read.value;
  }
  return { ok: true, values };
}

/** The card as it is now, with what became of the change and what was typed. */
async function refused(
  view: View,
  id: string,
  change: ChangeDraft | null,
  code: Parameters<typeof noticeFor>[2],
  detail: string,
): Promise<Reply> {
  const approval = await readCard(view, id);
  return cardPage(view, approval, {
    status: statusOf(code),
    notice: noticeFor(view, approval, code, detail),
    change,
  });
}
