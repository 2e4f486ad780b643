import { type ImapCopy, ImapFailure, type ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import type { MessageKey } from './message-key.ts';

export interface Lot {
  folder: string;
  uidValidity: string;
  /** Newest first. */
  copies: ImapCopy[];
}

/** Somebody who has more folders is not served by guessing; of copies, as many as one search names. */
const foldersMax = 300;
export const copiesMax = 200;

/**
 * The copies that a key names, outside of `apart`. A uid counts only under the uidvalidity that it was given with, and
 * only when the message under it has the Message-ID of the key: nothing else is ever taken for it.
 */
export async function locate(
  mailbox: ImapMailbox,
  { messageId, copy }: MessageKey,
  apart: string,
): Promise<Lot[]> {
  if (copy === null) return await locateById(mailbox, messageId, apart);
  if (copy.folder === apart || !(await mailbox.folders()).includes(copy.folder)) return [];
  const lot = await look(mailbox, copy.folder, { uid: copy.uid, ...(messageId !== null && { messageId }) });
  return lot !== null && lot.uidValidity === copy.uidValidity ? [lot] : [];
}

/** Wherever in the mailbox, but not in `apart`, copies with this Message-ID lie. */
export async function locateById(
  mailbox: ImapMailbox,
  messageId: string | null,
  apart: string,
): Promise<Lot[]> {
  if (messageId === null) return [];
  const folders = (await mailbox.folders()).filter((folder) => folder !== apart);
  if (folders.length > foldersMax)
    throw new ImapFailure(
      `The mailbox has more than ${foldersMax} folders: name one copy by its key.`,
      'unsupported',
    );
  const lots: Lot[] = [];
  for (const folder of folders) {
    const lot = await look(mailbox, folder, { messageId });
    if (lot !== null) lots.push(lot);
  }
  return lots;
}

/** Null where there is nothing of it, or no such folder. */
export async function look(
  mailbox: ImapMailbox,
  folder: string,
  query: { uid?: number; messageId?: string },
): Promise<Lot | null> {
  const found = await mailbox.find(folder, query, copiesMax);
  if (found === null || found.copies.length === 0) return null;
  if (found.more)
    throw new ImapFailure(
      `${folder} holds more than ${copiesMax} copies: name one by its key.`,
      'unsupported',
    );
  return { folder, uidValidity: found.uidValidity, copies: found.copies };
}

/** Where it is enough that there is one: whoever sends a mail can send it a thousand times. */
export async function lookForAny(
  mailbox: ImapMailbox,
  folder: string,
  messageId: string | null,
): Promise<Lot | null> {
  if (messageId === null || !(await mailbox.folders()).includes(folder)) return null;
  const found = await mailbox.find(folder, { messageId }, copiesMax);
  if (found === null || found.copies.length === 0) return null;
  return { folder, uidValidity: found.uidValidity, copies: found.copies };
}
