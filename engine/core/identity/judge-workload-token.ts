import type { JsonObject } from '../../../schemas/json.ts';

/*
 * Whether a token of another issuer is one that we take, beyond what every JSON Web Token has to hold (RFC 8725). It
 * knows nothing of signatures: it is asked about what the issuer has signed.
 */

/** Into entries: renaming one makes two of it in stored logs. */
export type TokenObjection =
  | 'unreadable'
  | 'algorithm'
  | 'unknown-key'
  | 'signature'
  | 'type'
  | 'audience'
  | 'subject'
  | 'life'
  | 'expired'
  | 'not-yet'
  | 'no-rule';

/** No `none` and nothing symmetric: with a key that everybody can read, anybody could make a token. */
export const tokenAlgorithms: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Those of clusters live an hour, of CI jobs minutes. What lives longer is a secret that lies around. */
export const tokenLifeSecondsMax = 24 * 60 * 60;

/** For clocks that differ. */
export const tokenLeewaySeconds = 30;

/** Three parts of base64url; ours have no dot. 8 KiB: a request's headers have 16. */
export function looksLikeWorkloadToken(text: string): boolean {
  return text.length <= 8_192 && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

export function judgeWorkloadToken(
  header: { readonly typ?: unknown },
  claims: JsonObject,
  audience: string,
  nowSeconds: number,
): TokenObjection | null {
  if (!isTakenType(header.typ)) return 'type';
  if (!isSole(claims.aud, audience)) return 'audience';
  if (!isSubject(claims.sub)) return 'subject';
  const { iat, exp } = claims;
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > tokenLifeSecondsMax) return 'life';
  // Otherwise a time of issue that lies ahead would stretch the life.
  return iat > nowSeconds + tokenLeewaySeconds ? 'not-yet' : null;
}

/** Some issuers say none. What they sign for another purpose (`logout+jwt`, `secevent+jwt`) lets nobody in. */
function isTakenType(typ: unknown): boolean {
  return typ === undefined || (typeof typ === 'string' && /^(?:application\/)?(?:at\+)?jwt$/i.test(typ));
}

/** Whoever else is meant holds it too, and could come in with it. */
function isSole(aud: unknown, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.length === 1 && aud[0] === audience);
}

/** As OpenID Connect has it, and never empty: names that look like another one are not in it. */
function isSubject(sub: unknown): boolean {
  return typeof sub === 'string' && /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(sub);
}

/** Whose it is in the log. An issuer has no `#`, so no two pairs make the same. */
export function workloadId(issuer: string, subject: string): string {
  return `${issuer}#${subject}`;
}
