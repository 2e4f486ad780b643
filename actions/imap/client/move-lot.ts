import type { ActionOutcome } from '../../../engine/core/contracts/action.ts';
import { ImapFailure, type ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import { failed, terminal } from '../../client/fail.ts';
import { type Lot, lookForAny } from './locate.ts';
import type { MessageKey } from './message-key.ts';

/** `keptAs`: `uidvalidity:uid,uid`, or null where the server does not tell. */
export type Moved = { ok: true; keptAs: string | null } | { ok: false; outcome: ActionOutcome };

/**
 * One command. A server says OK to it also when the message was gone by then, as its owner deleted it or another run was
 * quicker: only where it says what arrived, or it is seen there, it was moved.
 */
export async function moveLot(
  mailbox: ImapMailbox,
  { messageId }: MessageKey,
  { folder, uidValidity, copies }: Lot,
  to: string,
): Promise<Moved> {
  const uids = copies.map(({ uid }) => uid);
  const there = await mailbox.move({ folder, uidValidity, uids }, to);
  if (there !== null) return { ok: true, keptAs: `${there.uidValidity}:${there.uids.join(',')}` };
  const unknown: Moved = { ok: false, outcome: { kind: 'unknown', message: unsaid } };
  if (messageId === null) return unknown;
  try {
    if ((await lookForAny(mailbox, to, messageId)) !== null) return { ok: true, keptAs: null };
  } catch (error) {
    if (error instanceof ImapFailure) return unknown;
    throw error;
  }
  const gone = terminal('not-found', 'The message was gone before it could be moved.');
  return { ok: false, outcome: failed(gone) };
}

const unsaid = 'The server does not say whether it moved anything.';
