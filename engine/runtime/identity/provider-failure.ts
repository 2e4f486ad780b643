import * as oidc from 'openid-client';
import { HttpFailure } from '../../core/contracts/ports.ts';

/** `down`: nothing was said, later may be better. `refused`: it says no. `untrue`: what it says does not hold. */
export class ProviderFailure extends Error {
  readonly kind: 'down' | 'refused' | 'untrue';
  /** A word of the protocol, such as `access_denied`. */
  readonly word: string;
  constructor(kind: ProviderFailure['kind'], word: string) {
    super(`the identity provider: ${kind} (${word})`);
    this.name = 'ProviderFailure';
    this.kind = kind;
    this.word = word;
  }
}

/** By its kind and a word; what the library says may hold the answer itself. */
export function failureOf(error: unknown): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (error instanceof HttpFailure) return new ProviderFailure('down', 'not-reached');
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError)
    return new ProviderFailure('refused', wordOf(error.error));
  if (error instanceof oidc.WWWAuthenticateChallengeError)
    return new ProviderFailure('refused', wordOf(error.cause[0]?.parameters.error));
  const { cause, code } = error instanceof Error ? (error as Error & { code?: unknown }) : {};
  if (cause instanceof ProviderFailure || cause instanceof HttpFailure) return failureOf(cause);
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT') return new ProviderFailure('down', 'too-slow');
  return new ProviderFailure('untrue', wordOf(code));
}

/** Out of a URL or an answer, so only what is formed as the protocol's own words are. */
function wordOf(text: unknown): string {
  return typeof text === 'string' && /^[A-Za-z_-]{1,60}$/.test(text) ? text.toLowerCase() : 'unknown';
}
