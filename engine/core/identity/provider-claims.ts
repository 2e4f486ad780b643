import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { repairText } from '../audit/plain-text.ts';

/*
 * What an identity provider says of somebody, out of a token whose signature, issuer, audience and age were
 * checked before. Knows nothing of who that is here. The provider is believed about its own people, but
 * names and groups there are chosen by many, so everything is bounded.
 */

export interface ProviderClaims {
  /** The provider's own word for the account; never used again for another one. */
  subject: string;
  /** For people to read; proves nothing. */
  name: string | null;
  email: string | null;
  /** Only what the provider itself has checked. Anybody may write the address of somebody else into a profile. */
  emailVerified: boolean;
  groups: readonly string[];
  /** When the provider saw them prove who they are; null when it does not say. */
  provedAtMs: number | null;
}

/**
 * What the token does not say is taken from what the provider tells whoever shows the access token (UserInfo). An
 * address and whether it is checked are one statement, so both come from the same place.
 */
export function fillInClaims(token: JsonObject, userInfo: JsonObject, wanted: readonly string[]): JsonObject {
  const filled = { ...token };
  for (const name of missingClaims(token, wanted).flatMap((each) =>
    each === 'email' ? ['email', 'email_verified'] : [each],
  )) {
    delete filled[name];
    const value = userInfo[name];
    if (value !== undefined) filled[name] = value;
  }
  return filled;
}

/** Of the wanted claims, those that have to be asked for. */
export function missingClaims(token: JsonObject, wanted: readonly string[]): string[] {
  return wanted.filter((name) => token[name] === undefined);
}

/** Beyond this nobody's groups are read: a directory that sends more has to send fewer (a filter at the provider). */
const groupsMax = 1_000;

/** ASCII alone: addresses are compared whatever their case, and the Kelvin sign is a K then. */
const asciiAddress = /^[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+$/;

/** @returns null for a token that names nobody */
export function readProviderClaims(claims: Json, groupsClaim: string): ProviderClaims | null {
  if (!isJsonObject(claims)) return null;
  const { sub, auth_time: provedAt, email, email_verified: verified } = claims;
  // OpenID Connect Core, 2: at most 255 ASCII characters.
  if (typeof sub !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(sub)) return null;
  const address = typeof email === 'string' && email.length <= 254 && asciiAddress.test(email);
  return {
    subject: sub,
    name: nameOf(claims.name) ?? nameOf(claims.preferred_username),
    email: address ? email : null,
    // The word "true" is what some send; a yes has to be one.
    emailVerified: address && verified === true,
    groups: groupsOf(claims[groupsClaim]),
    provedAtMs: isTime(provedAt) ? provedAt * 1000 : null,
  };
}

/** In seconds, up to the year 9999: what lies beyond is no time that anybody could write down. */
function isTime(value: Json | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value < 253_402_300_800;
}

function nameOf(value: Json | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = repairText(value)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  return text === '' ? null : Array.from(text).slice(0, 200).join('');
}

function groupsOf(value: Json | undefined): string[] {
  const list = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
  return list.filter((each) => typeof each === 'string').slice(0, groupsMax);
}
