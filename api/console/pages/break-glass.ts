import { findings } from '../../../engine/core/approval/judge-review.ts';
import type { ApprovalDetail } from '../../../engine/runtime/read/read-approval.ts';
import type { Code } from '../../../schemas/codes.ts';
import type { ApprovalId } from '../../../schemas/ids.ts';
import { Problem } from '../../http/problem.ts';
import { statusOf } from '../../http/status-of.ts';
import { glassWordOf, readWordsProof } from '../approval-proof.ts';
import type { Asked } from '../asked.ts';
import { type GlassDraft, glassWord } from '../break-glass-panel.ts';
import type { Form } from '../read-form.ts';
import type { Reply, View } from '../view.ts';
import { cardPage, readCard } from './approval-page.ts';
import { noticeFor } from './decide.ts';

/** Somebody decides alone. The use case judges it inside its transaction; this only reads the form. */
export async function decideAlone(view: View, { id, form }: Asked): Promise<Reply> {
  const { digest, draft, wrong } = readAlone(await readCard(view, id), form);
  if (wrong !== null) return refused(view, id, draft, 'request/invalid', wrong, 422);
  const { reason } = draft;
  const proof = await readWordsProof(view, [glassWordOf(id, digest, reason)], form);
  if (proof !== null && 'ok' in proof) return refused(view, id, draft, proof.code, proof.detail);
  const broken = await view.deps.useCases.breakGlass(
    view.caller,
    { approvalId: id as ApprovalId, digest, reason },
    ...(proof === null ? [] : [proof]),
  );
  if (broken.ok) return { redirect: `/a/${encodeURIComponent(id)}` };
  return refused(view, id, draft, broken.code, broken.detail);
}

/** @throws Problem request/invalid, approval/precondition-required */
export function readAlone(
  approval: ApprovalDetail,
  form: Form,
): { digest: string; draft: GlassDraft; wrong: string | null } {
  const digest = form('digest');
  if (digest === undefined) throw new Problem('approval/precondition-required');
  const draft: GlassDraft = { reason: textOf(form, 'reason'), typed: form('typed') ?? '' };
  const word = glassWord(approval);
  const isTyped = digest !== approval.digest || draft.typed.trim() === word.trim();
  return { digest, draft, wrong: isTyped ? null : `Type ${word} exactly as it is written.` };
}

/** Somebody else says what they think of it. */
export async function reviewAlone(view: View, { id, form }: Asked): Promise<Reply> {
  await readCard(view, id);
  const finding = findings.find((each) => each === form('finding'));
  if (finding === undefined)
    throw new Problem('request/invalid', 'The form does not say justified or not. Nothing was recorded.');
  const comment = textOf(form, 'comment');
  const input = { approvalId: id as ApprovalId, finding, comment };
  const reviewed = await view.deps.useCases.reviewBreakGlass(view.caller, input);
  if (reviewed.ok) return { redirect: `/a/${encodeURIComponent(id)}` };
  return refused(view, id, null, reviewed.code, reviewed.detail);
}

/** @throws Problem request/invalid */
function textOf(form: Form, name: string): string {
  const text = (form(name) ?? '').replaceAll('\r\n', '\n');
  if (text.length > 2000) throw new Problem('request/invalid', 'A reason has at most 2,000 characters.');
  return text;
}

async function refused(
  view: View,
  id: string,
  glass: GlassDraft | null,
  code: Code,
  detail: string,
  status = statusOf(code),
): Promise<Reply> {
  const approval = await readCard(view, id);
  return cardPage(view, approval, { status, notice: noticeFor(view, approval, code, detail), glass });
}
