import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { textArgument } from '../../client/read-input.ts';

/** An object id or user principal name; everything with a meaning in paths is out. */
const mailboxPattern =
  /^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[\p{L}\p{N}'._#!^~+-]{1,113}@[A-Za-z0-9.-]{1,142})$/u;
const rulePattern = /^[A-Za-z0-9+/=_-]{1,512}$/;

/**
 * `{mailbox}/{rule id}`. The ids of rules count from one in each mailbox, so alone they would not tell
 * two rules of two mailboxes apart, and undoing one would leave the other.
 */
export function ruleKey(mailbox: string, ruleId: string): string {
  return `${mailbox.toLowerCase()}/${ruleId}`;
}

export function ruleOf(
  input: JsonObject,
): { ok: true; mailbox: string; ruleId: string } | { ok: false; failure: Failure } {
  const key = textArgument(input, 'rule').trim();
  const slash = key.indexOf('/');
  const mailbox = key.slice(0, Math.max(slash, 0));
  const ruleId = key.slice(slash + 1);
  if (mailboxPattern.test(mailbox) && rulePattern.test(ruleId)) return { ok: true, mailbox, ruleId };
  return refuse('rule must be the key of an inbox rule, as mail.list-rules gives it.');
}

export function mailboxOf(
  input: JsonObject,
): { ok: true; mailbox: string } | { ok: false; failure: Failure } {
  const mailbox = textArgument(input, 'mailbox').trim();
  if (mailboxPattern.test(mailbox)) return { ok: true, mailbox };
  return refuse('mailbox is neither an object id of the directory nor an address.');
}

function refuse(message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal('invalid-request', message) };
}
