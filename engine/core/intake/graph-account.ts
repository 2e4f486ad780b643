import type { JsonObject } from '../../../schemas/json.ts';
import { said, textOf } from './read-vendor.ts';

/**
 * An account that only an on-premises directory has cannot be acted on in the cloud. It is a target all the same, by its
 * SID: often it is the one that moves, and whoever is not named is taken for contained.
 */
export function userOf(account: JsonObject): JsonObject {
  const upn = textOf(account.userPrincipalName, 512);
  const name = textOf(account.displayName, 512) || upn || textOf(account.accountName, 512);
  const sid = textOf(account.userSid, 256);
  return {
    // well-known ones such as S-1-5-18 are nobody's
    id: textOf(account.azureAdUserId, 512) || (/^S-1-5-21-/.test(sid) ? sid : ''),
    name,
    ...said({ upn, sid, domain: textOf(account.domainName, 256) }),
  };
}

/** Whoever has the mailbox that a rule or a forwarding was set up in. */
export function ownerOf(piece: JsonObject): JsonObject {
  const upn = textOf(piece.upn, 512);
  return {
    id: textOf(piece.externalDirectoryObjectId, 512),
    name: upn || textOf(piece.mailboxPrimaryAddress, 512),
    ...said({ upn }),
  };
}

/** Without those that another piece names by their directory id. */
export function oncePerSid(users: JsonObject[]): JsonObject[] {
  const known = new Set(users.filter(({ id, sid }) => id !== sid).map(({ sid }) => sid));
  return users.filter(({ id, sid }) => id !== sid || !known.has(sid));
}
