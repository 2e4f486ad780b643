import type { ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import { type Lot, locate, locateById, look } from '../client/locate.ts';
import type { MessageKey } from '../client/message-key.ts';

export interface Standing {
  quarantine: string;
  /** What the key names, outside of the quarantine. */
  outside: Lot[];
  /** What the quarantine holds with its Message-ID. */
  inside: Lot | null;
  /** Asked only when neither of both holds anything. */
  elsewhere: Lot[];
}

export async function standingOf(mailbox: ImapMailbox, key: MessageKey, folder: string): Promise<Standing> {
  const quarantine = mailbox.nameOf(folder);
  const outside = await locate(mailbox, key, quarantine);
  const { messageId } = key;
  const there = messageId !== null && (await mailbox.folders()).includes(quarantine);
  const inside = there ? await look(mailbox, quarantine, { messageId }) : null;
  const nowhere = outside.length === 0 && inside === null && key.copy !== null;
  return {
    quarantine,
    outside,
    inside,
    elsewhere: nowhere ? await locateById(mailbox, messageId, quarantine) : [],
  };
}
