import type { FetchMessageObject, MailboxObject, SearchObject } from 'imapflow';
import { type ImapCopy, ImapFailure, type ImapFound, type ImapQuery } from '../../core/contracts/imap.ts';
import { refused } from './explain-failure.ts';
import type { Session } from './open-session.ts';
import { messageIdsIn } from './read-message-ids.ts';

/*
 * The server's SEARCH finds candidates: it compares by substring, and days by its own clock. What fits is decided here,
 * from what it then says of each.
 */

const chunkMax = 200;
/** Candidates that are looked at in one folder; a search that finds more is too wide, and says so by `more`. */
const candidatesMax = 2_000;
const dayMs = 86_400_000;

export async function findCopies(
  session: Session,
  folder: string,
  query: ImapQuery,
  max: number,
): Promise<ImapFound | null> {
  const { client, refusals } = session;
  const mailbox = await openFolder(session, folder, true);
  if (mailbox === null) return null;
  const found = await client.search(searchOf(query), { uid: true });
  if (!client.usable) throw new ImapFailure('The conversation broke off.', 'unreachable');
  if (!Array.isArray(found)) throw refused(refusals.take()?.code ?? '');
  const newestFirst = found.toReversed();
  const candidates = newestFirst.slice(0, candidatesMax);
  const copies: ImapCopy[] = [];
  for (let at = 0; at < candidates.length && copies.length <= max; at += chunkMax) {
    const wanted = candidates.slice(at, at + chunkMax);
    const rows = await client.fetchAll(wanted.join(','), fields, { uid: true });
    if (!client.usable) throw new ImapFailure('The conversation broke off.', 'unreachable');
    // A server may tell of other messages whenever it likes.
    const asked = new Set(wanted);
    const fitting = rows.filter(({ uid }) => asked.has(uid)).filter((row) => fits(row, query));
    copies.push(...fitting.map(copyOf).toSorted((a, b) => b.uid - a.uid));
  }
  return {
    uidValidity: String(mailbox.uidValidity),
    copies: copies.slice(0, max),
    more: copies.length > max || newestFirst.length > candidates.length,
  };
}

/** Null: there is none of that name. To read, it is opened so that nothing in it is marked as seen. */
export async function openFolder(
  { client }: Session,
  folder: string,
  readOnly: boolean,
): Promise<MailboxObject | null> {
  try {
    return await client.mailboxOpen(folder, { readOnly });
  } catch (error) {
    if ((error as { mailboxMissing?: boolean }).mailboxMissing === true) return null;
    throw error;
  }
}

const fields = { uid: true, flags: true, envelope: true, internalDate: true, headers: ['message-id'] };

function searchOf({ uid, messageId, from, subject, arrivedSince }: ImapQuery): SearchObject {
  return {
    ...(uid !== undefined && { uid: String(uid) }),
    ...(messageId !== undefined && { header: { 'message-id': messageId } }),
    ...(from !== undefined && { from }),
    ...(subject !== undefined && { subject }),
    // Its days begin where its clock stands.
    ...(arrivedSince !== undefined && { since: new Date(arrivedSince - dayMs) }),
  };
}

function fits(row: FetchMessageObject, { messageId, from, arrivedSince }: ImapQuery): boolean {
  if (messageId !== undefined && !messageIdsIn(row.headers).includes(messageId)) return false;
  if (from !== undefined && !addressesOf(row).some((address) => address.toLowerCase() === from.toLowerCase()))
    return false;
  return arrivedSince === undefined || arrivalOf(row).getTime() >= arrivedSince;
}

function copyOf(row: FetchMessageObject): ImapCopy {
  return {
    uid: row.uid,
    messageIds: messageIdsIn(row.headers),
    subject: row.envelope?.subject ?? '',
    from: addressesOf(row)[0] ?? '',
    arrivedAt: arrivalOf(row).toISOString(),
    flags: [...(row.flags ?? [])].filter((flag) => flag !== '\\Recent').toSorted(),
  };
}

function addressesOf({ envelope }: FetchMessageObject): string[] {
  return (envelope?.from ?? []).map(({ address }) => address ?? '').filter((address) => address !== '');
}

function arrivalOf({ internalDate }: FetchMessageObject): Date {
  const date = new Date(internalDate ?? Number.NaN);
  if (Number.isNaN(date.getTime()))
    throw new ImapFailure('The server does not say when a message arrived.', 'unreadable');
  return date;
}
