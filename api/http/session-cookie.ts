import type { IncomingMessage } from 'node:http';

/*
 * The console's cookie. With TLS its name carries `__Host-`, so that no other host or path can set
 * it; on plain http of the own machine browsers would refuse that prefix.
 */

export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-riposte' : 'riposte';
}

/** The session's secret, or null. */
export function readSessionCookie(request: IncomingMessage, secure: boolean): string | null {
  return readCookie(request, sessionCookieName(secure));
}

/** Two cookies of one name mean that somebody planted one: neither counts. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** Value of a `Set-Cookie` header. */
export function sessionCookie(session: string, secure: boolean): string {
  return `${sessionCookieName(secure)}=${session}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

export function clearedSessionCookie(secure: boolean): string {
  return `${sessionCookie('', secure)}; Max-Age=0`;
}
