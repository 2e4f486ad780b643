import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { textArgument } from '../../client/read-input.ts';

/*
 * What a message is called. The same Message-ID lies in many mailboxes, and in one of them more than once, so it alone
 * would not tell two copies apart, and undoing one would leave the other.
 *
 *   ann@example.org/<id@host>                                        every copy of it in that mailbox
 *   ann@example.org/INBOX;uidvalidity=1790;uid=42/<id@host>          this copy; the id is left out where it has none
 *
 * Folder names are percent-encoded, so that none of them looks like something else.
 */

export interface MessageKey {
  mailbox: string;
  /** Without angle brackets; null for a message that has none. */
  messageId: string | null;
  /** Null: whichever copies have the Message-ID. */
  copy: { folder: string; uidValidity: string; uid: number } | null;
}

/**
 * A login name. Nothing in it may end the name, or begin another: `*` stands between mailbox and master user, NUL
 * between the fields of SASL PLAIN, and blanks, quotes, slashes and `%` mean something to some server.
 */
const mailboxPattern = /^[\p{L}\p{N}._#!^~+$&'=-]{1,150}(@[A-Za-z0-9.-]{1,150})?$/u;
/** What RFC 5322 lets an id be, and more; nothing that ends a line or its brackets. */
const messageIdPattern = /^[^<>\p{Cc}\p{Cs}]{1,998}$/u;
const copyPattern = /^([^;<>/\s]{1,2000});uidvalidity=(\d{1,20});uid=([1-9]\d{0,9})(?:\/<([^<>]+)>)?$/u;
const uidMax = 4_294_967_295;

export function messageKey({ mailbox, messageId, copy }: MessageKey): string {
  const id = messageId !== null && messageIdPattern.test(messageId) ? `/<${messageId}>` : '';
  if (copy === null) return `${mailbox.toLowerCase()}${id}`;
  const place = `${encodeURIComponent(copy.folder)};uidvalidity=${copy.uidValidity};uid=${copy.uid}`;
  return `${mailbox.toLowerCase()}/${place}${id}`;
}

export function messageOf(
  input: JsonObject,
): { ok: true; key: MessageKey } | { ok: false; failure: Failure } {
  const text = textArgument(input, 'message').trim();
  const slash = text.indexOf('/');
  const mailbox = text.slice(0, Math.max(slash, 0)).toLowerCase();
  const rest = text.slice(slash + 1);
  const named = rest.startsWith('<') ? idIn(rest) : copyIn(rest);
  if (isMailbox(mailbox) && named !== null) return { ok: true, key: { mailbox, ...named } };
  return refuse(
    'message is neither mailbox/<Message-ID> nor the key of a copy, as imap.search-messages gives it.',
  );
}

export function mailboxOf(
  input: JsonObject,
): { ok: true; mailbox: string } | { ok: false; failure: Failure } {
  const mailbox = textArgument(input, 'mailbox').trim().toLowerCase();
  if (isMailbox(mailbox)) return { ok: true, mailbox };
  return refuse('mailbox is no login name that is known to be safe.');
}

export function isMailbox(text: string): boolean {
  return mailboxPattern.test(text);
}

/** With or without its brackets; null when it could be no id. */
export function plainMessageId(text: string): string | null {
  const id = text.trim().replace(/^<(.*)>$/s, '$1');
  return messageIdPattern.test(id) ? id : null;
}

function idIn(rest: string): Pick<MessageKey, 'messageId' | 'copy'> | null {
  const messageId = rest.endsWith('>') ? plainMessageId(rest) : null;
  return messageId === null ? null : { messageId, copy: null };
}

function copyIn(rest: string): Pick<MessageKey, 'messageId' | 'copy'> | null {
  const [, encoded = '', uidValidity = '', uid = '', id] = copyPattern.exec(rest) ?? [];
  const folder = decoded(encoded);
  if (folder === null || Number(uid) > uidMax) return null;
  const messageId = id === undefined ? null : plainMessageId(id);
  if (id !== undefined && messageId === null) return null;
  return { messageId, copy: { folder, uidValidity, uid: Number(uid) } };
}

function decoded(text: string): string | null {
  try {
    const folder = decodeURIComponent(text);
    return folder === '' || /\p{Cc}/u.test(folder) ? null : folder;
  } catch {
    return null;
  }
}

function refuse(message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal('invalid-request', message) };
}
