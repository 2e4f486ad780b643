import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { type AnalyzedMail, readAnalyzedMail } from './analyzed-mail.ts';

/** `{networkMessageId}-{number}-{number}` (facts 3); looser than that, but never more than one segment. */
const messageIdPattern = /^[A-Za-z0-9][A-Za-z0-9_.=-]{0,255}$/;

/** The copy that `message_id` names, refused when it lies in another mailbox than `mailbox` says. */
export async function readCopy(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<{ ok: true; mail: AnalyzedMail } | { ok: false; failure: Failure }> {
  const messageId = textArgument(input, 'message_id').trim();
  if (!messageIdPattern.test(messageId))
    return refuse('invalid-request', 'message_id is not the id of an analysed mail.');
  const answer = await graph.read(context, path`/security/collaboration/analyzedEmails/${messageId}`);
  if (!answer.ok) return answer;
  const mail = readAnalyzedMail(answer.body);
  if (mail === null) return refuse('invalid-response', 'Microsoft Graph sent a mail that cannot be read.');
  const mailbox = textArgument(input, 'mailbox').trim().toLowerCase();
  if (mail.mailbox?.toLowerCase() !== mailbox) {
    return refuse('conflict', 'The message lies in another mailbox than the one that was approved.');
  }
  return { ok: true, mail };
}

function refuse(code: string, message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal(code, message) };
}
