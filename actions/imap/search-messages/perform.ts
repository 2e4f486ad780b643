import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { ImapCopy, ImapMailbox, ImapQuery } from '../../../engine/core/contracts/imap.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { plainLine } from '../../client/plain-line.ts';
import { optionalText } from '../../client/read-input.ts';
import { mailboxOf, messageKey } from '../client/message-key.ts';
import { visit } from '../client/visit.ts';
import { queryOf } from './query.ts';

export async function performSearchMessages(
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const mailbox = mailboxOf(input);
  if (!mailbox.ok) return failed(mailbox.failure);
  const query = queryOf(input, context.nowMs());
  if (query === null)
    return failed(
      terminal('invalid-request', 'message_id, sender or subject holds what no message can hold.'),
    );
  const limit = typeof input.limit === 'number' ? input.limit : 100;
  const only = optionalText(input, 'folder', '');
  const visited = await visit(context, mailbox.mailbox, (box) =>
    search(box, mailbox.mailbox, only, query, limit),
  );
  if (visited.kind === 'done') return visited.value;
  return visited.kind === 'unknown' ? visited : failed(visited.failure);
}

async function search(
  box: ImapMailbox,
  mailbox: string,
  only: string,
  query: ImapQuery,
  limit: number,
): Promise<ActionOutcome> {
  const all = await box.folders();
  const folders = only === '' ? all : all.filter((folder) => folder === box.nameOf(only));
  if (folders.length === 0) return failed(terminal('not-found', 'The mailbox has no such folder.'));
  const messages: JsonObject[] = [];
  let complete = true;
  for (const folder of folders) {
    const found = await box.find(folder, query, limit - messages.length);
    if (found === null) continue;
    const { uidValidity, copies, more } = found;
    messages.push(...copies.map((copy) => entryOf(mailbox, folder, uidValidity, copy)));
    if (more) complete = false;
  }
  return { kind: 'succeeded', outputs: { messages, complete } };
}

function entryOf(mailbox: string, folder: string, uidValidity: string, copy: ImapCopy): JsonObject {
  const messageId = copy.messageIds[0] ?? null;
  return {
    key: messageKey({ mailbox, messageId, copy: { folder, uidValidity, uid: copy.uid } }),
    mailbox,
    folder,
    uidvalidity: uidValidity,
    uid: copy.uid,
    ...(messageId !== null && { message_id: `<${messageId}>` }),
    subject: plainLine(copy.subject, 300),
    sender: plainLine(copy.from, 320),
    received_at: copy.arrivedAt,
  };
}
