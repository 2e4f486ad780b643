import type { ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import { type Lot, locate, locateById, lookForAny } from '../client/locate.ts';
import type { MessageKey } from '../client/message-key.ts';

export interface Standing {
  quarantine: string;
  /** What the key names, outside of the quarantine. */
  outside: Lot[];
  /** What the quarantine holds with its Message-ID; asked only when there is nothing outside. */
  inside: Lot | null;
  /** Asked only when neither of both holds anything. */
  elsewhere: Lot[];
}

export async function standingOf(mailbox: ImapMailbox, key: MessageKey, folder: string): Promise<Standing> {
  const quarantine = mailbox.nameOf(folder);
  const outside = await locate(mailbox, key, quarantine);
  const { messageId } = key;
  const inside = outside.length > 0 ? null : await lookForAny(mailbox, quarantine, messageId);
  const nowhere = outside.length === 0 && inside === null && key.copy !== null;
  return {
    quarantine,
    outside,
    inside,
    elsewhere: nowhere ? await locateById(mailbox, messageId, quarantine) : [],
  };
}
