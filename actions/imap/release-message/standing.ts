import { ImapFailure, type ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { optionalText } from '../../client/read-input.ts';
import { type Lot, locateById, look } from '../client/locate.ts';
import type { MessageKey } from '../client/message-key.ts';

export interface Wanted {
  key: MessageKey;
  /** The quarantine folder, as the settings name it. */
  quarantine: string;
  folder: string;
  /** Where the quarantine keeps it, when the server said so. */
  keptAs: { uidValidity: string; uids: number[] } | null;
}

export interface Standing {
  quarantine: string;
  /** Where it goes: the folder it came from, or INBOX when that is gone. */
  to: string;
  /** What is to be released. */
  inside: Lot | null;
  /** Copies with its Message-ID in other folders; asked only when the quarantine holds none. */
  outside: Lot[];
}

export function wantedOf(input: JsonObject, key: MessageKey, quarantine: string): Wanted | null {
  const kept = optionalText(input, 'kept_as', '');
  const [, uidValidity = '', uids = ''] = /^(\d{1,20}):(\d{1,10}(?:,\d{1,10}){0,199})$/.exec(kept) ?? [];
  if (kept !== '' && uidValidity === '') return null;
  return {
    key,
    quarantine,
    folder: optionalText(input, 'folder', key.copy?.folder ?? 'INBOX'),
    keptAs: kept === '' ? null : { uidValidity, uids: uids.split(',').map(Number) },
  };
}

export async function standingOf(mailbox: ImapMailbox, wanted: Wanted): Promise<Standing> {
  const quarantine = mailbox.nameOf(wanted.quarantine);
  const folders = await mailbox.folders();
  const inside = folders.includes(quarantine) ? await insideOf(mailbox, quarantine, wanted) : null;
  const named = wanted.folder.toUpperCase() === 'INBOX' ? 'INBOX' : wanted.folder;
  return {
    quarantine,
    to: named !== quarantine && folders.includes(named) ? named : 'INBOX',
    inside,
    outside: inside === null ? await locateById(mailbox, wanted.key.messageId, quarantine) : [],
  };
}

/** By where it is kept, where that is known, and then nothing else is taken for it. */
async function insideOf(
  mailbox: ImapMailbox,
  quarantine: string,
  { key, keptAs }: Wanted,
): Promise<Lot | null> {
  const { messageId, copy } = key;
  const byId = messageId === null ? {} : { messageId };
  if (keptAs === null) {
    const lot = messageId === null ? null : await look(mailbox, quarantine, byId);
    if (lot !== null && copy !== null && lot.copies.length > 1)
      throw new ImapFailure(
        'The quarantine holds several copies of it, and nobody knows which is this one.',
        'refused',
      );
    return lot;
  }
  const lots: Lot[] = [];
  for (const uid of keptAs.uids) {
    const lot = await look(mailbox, quarantine, { uid, ...byId });
    if (lot !== null && lot.uidValidity === keptAs.uidValidity) lots.push(lot);
  }
  const [first] = lots;
  return first === undefined ? null : { ...first, copies: lots.flatMap(({ copies }) => copies) };
}
