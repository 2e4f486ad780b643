import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JsonObject } from '../../../schemas/json.ts';
import {
  judgeWorkloadToken,
  type TokenObjection,
  tokenAlgorithms,
  tokenLeewaySeconds,
} from '../../core/identity/judge-workload-token.ts';
import type { IssuerKeys } from './keep-issuer-keys.ts';

export type Verified =
  | { claims: JsonObject; objection: TokenObjection | null }
  /** Nobody has signed it. */
  | { claims: null; objection: TokenObjection };

/**
 * Whether the issuer has signed it, for us, and it is valid at this moment. Keys come from the issuer alone: what a token
 * says of where its key is (`jku`, `x5u`, `jwk`, `x5c`) is not looked at.
 * @throws ProviderFailure when its key cannot be had
 */
export async function verifyWorkloadToken(
  token: string,
  expected: { issuer: string; audience: string; keys: IssuerKeys; nowMs: number },
): Promise<Verified> {
  const { issuer, audience, nowMs } = expected;
  const header = headerOf(token);
  if (header === null) return { claims: null, objection: 'unreadable' };
  // Before anybody is asked for a key: rubbish costs the issuer nothing.
  if (!tokenAlgorithms.includes(header.alg)) return { claims: null, objection: 'algorithm' };
  const keys = await expected.keys.keysFor(header.kid);
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      algorithms: [...tokenAlgorithms],
      issuer,
      clockTolerance: tokenLeewaySeconds,
      currentDate: new Date(nowMs),
    });
    const claims = payload as JsonObject;
    const objection = judgeWorkloadToken(protectedHeader, claims, audience, Math.floor(nowMs / 1000));
    return { claims, objection };
  } catch (error) {
    return objectionOf(error);
  }
}

function headerOf(token: string): { alg: string; kid?: string } | null {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string')) return null;
    return { alg, ...(kid !== undefined && { kid }) };
  } catch {
    return null;
  }
}

/** Claims are known only of what was signed. What is none of these is a key that cannot be used, or a token that is none. */
function objectionOf(error: unknown): Verified {
  if (error instanceof errors.JWTExpired)
    return { claims: error.payload as JsonObject, objection: 'expired' };
  if (error instanceof errors.JWTClaimValidationFailed)
    return { claims: error.payload as JsonObject, objection: byClaim[error.claim] ?? 'unreadable' };
  if (error instanceof errors.JWSSignatureVerificationFailed) return { claims: null, objection: 'signature' };
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return { claims: null, objection: 'unknown-key' };
  return { claims: null, objection: 'unreadable' };
}

const byClaim: { readonly [claim: string]: TokenObjection } = {
  exp: 'life',
  iat: 'life',
  nbf: 'not-yet',
};
