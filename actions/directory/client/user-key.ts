import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { textArgument } from '../../client/read-input.ts';

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** A user principal name; the `#` of guests is in, and everything with a meaning in paths is out. */
const upn = /^[\p{L}\p{N}'._#!^~+-]{1,113}@[A-Za-z0-9.-]{1,142}$/u;

/** Object id or user principal name: what Graph takes as `/users/{key}` (facts 3 and 6.1). */
export function userKeyOf(input: JsonObject): { ok: true; key: string } | { ok: false; failure: Failure } {
  const key = textArgument(input, 'user_id').trim();
  if (guid.test(key) || upn.test(key)) return { ok: true, key };
  const message = /^S-1-/.test(key)
    ? 'user_id is a SID: the account is known to an on-premises directory only. Act in Active Directory.'
    : 'user_id is neither an object id of the directory nor a user principal name.';
  return { ok: false, failure: terminal('invalid-request', message) };
}
