import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The resource that a token is for. A token of one is never valid at another (facts 1.3). */
export type Audience = 'graph' | 'mde' | 'xdr';

export interface TokenClaims {
  tenantId: string;
  clientId: string;
  /** Name of the client, for what it leaves behind. */
  name: string;
  audience: Audience;
  roles: string[];
  expiresAtMs: number;
}

export interface Tokens {
  issue(claims: TokenClaims): string;
  /** Null for a token that this lab did not sign. Expiry is for the caller to judge. */
  verify(token: string): TokenClaims | null;
}

/** Verifying costs an HMAC; a client sends the same token for an hour. */
const rememberedMax = 1000;

const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'HS256' })).toString('base64url');

/**
 * In the form of Microsoft's, with the application permissions in the claim `roles` (facts 1.3). The key lives as long
 * as the process.
 */
export function createTokens(): Tokens {
  const key = randomBytes(32);
  const remembered = new Map<string, TokenClaims>();
  const sign = (payload: string) => createHmac('sha256', key).update(payload).digest('base64url');

  return {
    issue(claims) {
      const { expiresAtMs } = claims;
      const payload = Buffer.from(
        JSON.stringify({
          ...claims,
          exp: Math.floor(expiresAtMs / 1000),
          uti: randomBytes(6).toString('hex'),
        }),
      ).toString('base64url');
      return `${header}.${payload}.${sign(payload)}`;
    },

    verify(token) {
      const known = remembered.get(token);
      if (known !== undefined) return known;
      const [first, payload, signature, ...rest] = token.split('.');
      if (first !== header || payload === undefined || signature === undefined || rest.length > 0)
        return null;
      const expected = Buffer.from(sign(payload));
      const given = Buffer.from(signature);
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
      // signed by us, so it has the shape that `issue` gave it
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims;
      if (remembered.size >= rememberedMax) remembered.clear();
      remembered.set(token, claims);
      return claims;
    },
  };
}
