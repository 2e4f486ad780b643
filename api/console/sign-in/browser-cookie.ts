import type { IncomingMessage } from 'node:http';
import { sessionPolicy } from '../../../engine/core/identity/session-policy.ts';
import { readCookie } from '../../http/session-cookie.ts';

/*
 * Which browser asked for a challenge, before anybody is known: what a key answers elsewhere signs nobody in there.
 * Named and bounded as the session's cookie.
 */

const seconds = sessionPolicy.passkeyChallengeMs / 1000;

function cookieName(secure: boolean): string {
  return secure ? '__Host-riposte-passkey' : 'riposte-passkey';
}

/** Value of a `Set-Cookie` header. */
export function browserCookie(secret: string, secure: boolean, maxAge = seconds): string {
  return `${cookieName(secure)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure ? '; Secure' : ''}`;
}

export function clearedBrowserCookie(secure: boolean): string {
  return browserCookie('', secure, 0);
}

export function readBrowserCookie(request: IncomingMessage, secure: boolean): string | null {
  return readCookie(request, cookieName(secure));
}
