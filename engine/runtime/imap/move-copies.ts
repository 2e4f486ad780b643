import { ImapFailure } from '../../core/contracts/imap.ts';
import { explain, refused } from './explain-failure.ts';
import { openFolder } from './find-copies.ts';
import { listFolders } from './list-folders.ts';
import type { Session } from './open-session.ts';

/*
 * What changes a mailbox. Between a command and its answer nobody knows what became of it, and only a tagged NO to a
 * command for one message says that it did nothing (RFC 6851 section 3.3: a move of many may fail half way).
 */

/** An empty folder harms nobody, so a lost answer here is no doubt. */
export async function makeFolder(session: Session, folder: string, beforeSend: () => void): Promise<void> {
  const { client } = session;
  if ((await listFolders(session)).includes(folder)) return;
  guarded(beforeSend, 'before-send');
  try {
    await client.mailboxCreate(folder);
  } catch (error) {
    // Another worker may have made it in between, and not every server says so by a code.
    if (!client.usable || !(await listFolders(session)).includes(folder)) throw error;
  }
  // The library subscribes to what it makes, and then every mail program would show it.
  await client.mailboxUnsubscribe(folder);
}

export async function moveCopies(
  session: Session,
  { folder, uidValidity, uids }: { folder: string; uidValidity: string; uids: readonly number[] },
  to: string,
  beforeSend: () => void,
): Promise<{ uidValidity: string; uids: number[] } | null> {
  const { client, refusals } = session;
  const canMove = client.capabilities.has('MOVE');
  // Without UIDPLUS only EXPUNGE is left, which takes along whatever else somebody marked as deleted.
  if (!canMove && !client.capabilities.has('UIDPLUS'))
    throw new ImapFailure(
      'The server has neither MOVE nor UIDPLUS, so moving would delete other mail.',
      'unsupported',
    );
  const mailbox = await openFolder(session, folder, false);
  if (mailbox === null) throw new ImapFailure('The folder is gone.', 'not-found');
  if (String(mailbox.uidValidity) !== uidValidity)
    throw new ImapFailure('The folder was made anew, so its uids name other messages.', 'not-found');
  if (mailbox.readOnly === true) throw refused('NOPERM');

  const range = uids.join(',');
  guarded(beforeSend, 'before-send');
  refusals.take();
  const moved = await command(
    canMove ? client.messageMove(range, to, { uid: true }) : client.messageCopy(range, to, { uid: true }),
  );
  if (moved === false) {
    const refusal = refusals.take();
    // COPY is all or nothing (RFC 3501 section 6.4.7).
    if (refusal === null || !client.usable || (canMove && uids.length > 1)) throw lost();
    throw refused(refusal.code);
  }
  if (!canMove) {
    guarded(beforeSend, 'maybe-sent');
    const removed = await command(client.messageDelete(range, { uid: true }));
    if (removed !== true) throw lost();
  }
  const { uidValidity: there, uidMap } = moved;
  if (there === undefined || uidMap === undefined) return null;
  const arrived = uids.map((uid) => uidMap.get(uid)).filter((uid) => uid !== undefined);
  return arrived.length === 0 ? null : { uidValidity: String(there), uids: arrived };
}

async function command<T>(sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (error) {
    throw lost(error);
  }
}

function lost(cause?: unknown): ImapFailure {
  return new ImapFailure('The server did not answer: the messages may have been moved.', 'unreachable', {
    sent: 'maybe-sent',
    cause,
  });
}

function guarded(beforeSend: () => void, sent: 'before-send' | 'maybe-sent'): void {
  try {
    beforeSend();
  } catch (cause) {
    if (sent === 'before-send' && cause instanceof ImapFailure) throw cause;
    const { message, trouble } = explain(cause, 'It was refused right before the next command.');
    throw new ImapFailure(message, trouble, { sent, cause });
  }
}
