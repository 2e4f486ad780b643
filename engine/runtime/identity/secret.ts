import { createHash, randomBytes } from 'node:crypto';

/*
 * Bearer secrets: 256 random bits, so a plain SHA-256 is all the stored form needs (nothing to
 * guess, hence no slow hash). The prefix lets scanners find one that leaked into a repository.
 */

export const tokenPrefix = 'rip_';

/** `prefix` + 43 characters of base64url. */
export function mintSecret(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** What the store keeps and looks up by. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** Cheap refusal before a look-up: anything else was never minted here. */
export function looksLikeToken(text: string): boolean {
  return /^rip_[A-Za-z0-9_-]{43}$/.test(text);
}

export function looksLikeSecret(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}
