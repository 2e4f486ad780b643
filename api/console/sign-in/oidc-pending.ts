import { createHash, createHmac } from 'node:crypto';
import type { Request } from 'express';
import type { ProviderChallenge } from '../../../engine/runtime/identity/ask-provider.ts';
import { mintSecret } from '../../../engine/runtime/identity/secret.ts';
import { pageOrHome } from '../return-path.ts';

/*
 * A sign-in that is under way at the identity provider, kept by the browser alone: whoever only begins them costs no row.
 * State, nonce and PKCE's verifier are made of the cookie's secret and of everything else it says, so a cookie
 * that was changed is not the one whose nonce the provider has signed. It is `Lax`, because the answer comes from
 * another site; our strict cookies stay behind there, so it also says what they said when the browser left.
 */

export interface Pending {
  secret: string;
  askedAtMs: number;
  /** Where to go afterwards: a page of ours. */
  back: string;
  /** Whoever has the session proves it once more. */
  again: boolean;
  /** Hash of the session that the browser had. */
  session: Buffer | null;
}

export const pendingMs = 10 * 60_000;

/** The process that a browser comes back to may be another one, on another host. */
const clocksApartMs = 30_000;

/** `session`: the secret of the cookie, of which only the hash is kept. */
export function newPending(
  pending: Omit<Pending, 'secret' | 'session'> & { session: string | null },
): Pending {
  const { session, ...rest } = pending;
  return { ...rest, secret: mintSecret(''), session: session === null ? null : hashOf(session) };
}

export function challengeOf(pending: Pending): ProviderChallenge {
  const derive = (purpose: string): string =>
    createHmac('sha256', pending.secret)
      .update(`${purpose}\n${factsOf(pending)}`)
      .digest('base64url');
  return { state: derive('state'), nonce: derive('nonce'), verifier: derive('verifier') };
}

/** What stands for this one where it is noted that it was used. */
export function nameOf({ secret }: Pending): Buffer {
  return hashOf(secret);
}

function cookieName(secure: boolean): string {
  return secure ? '__Host-riposte-oidc' : 'riposte-oidc';
}

/** Value of a `Set-Cookie` header. */
export function pendingCookie(pending: Pending, secure: boolean): string {
  return withTerms(`${pending.secret}.${factsOf(pending)}`, pendingMs / 1000, secure);
}

export function clearedPendingCookie(secure: boolean): string {
  return withTerms('', 0, secure);
}

function withTerms(value: string, seconds: number, secure: boolean): string {
  return `${cookieName(secure)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? '; Secure' : ''}`;
}

/** Null without one, for one that is over, and for two: then somebody planted one. */
export function readPending(request: Request, secure: boolean, nowMs: number): Pending | null {
  const prefix = `${cookieName(secure)}=`;
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  const [value] = values;
  const parts = /^([\w-]{43})\.([0-9]{13})\.([01])\.([\w-]{43})?\.([\w-]{1,400})$/.exec(value ?? '');
  if (parts === null || values.length !== 1) return null;
  const [, secret = '', at = '', again, session, back = ''] = parts;
  const path = Buffer.from(back, 'base64url').toString('utf8');
  const askedAtMs = Number(at);
  if (pageOrHome(path) !== path || askedAtMs - nowMs > clocksApartMs || nowMs - askedAtMs > pendingMs)
    return null;
  return {
    secret,
    askedAtMs,
    back: path,
    again: again === '1',
    session: session === undefined ? null : Buffer.from(session, 'base64url'),
  };
}

/** Everything but the secret, in the one form that there is. */
function factsOf({ askedAtMs, again, session, back }: Pending): string {
  const where = Buffer.from(back).toString('base64url');
  return `${askedAtMs}.${again ? 1 : 0}.${session?.toString('base64url') ?? ''}.${where}`;
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}
