import type { Request } from 'express';

/*
 * Where somebody wanted to go before they had to sign in: kept in a short-lived cookie of their own
 * browser, because the sign-in link comes from a terminal or a colleague and knows nothing of it.
 */

const keptSeconds = 15 * 60;

function cookieName(secure: boolean): string {
  return secure ? '__Host-riposte-return' : 'riposte-return';
}

/** Pages only, by their exact form: whatever else a cookie says is not followed. */
function isPage(path: string): boolean {
  return /^\/(actions|contained|held|settings|(a|t|runs|undo|alerts|playbooks|audit)(\/[A-Za-z0-9_-]{1,100})?|(runs|incidents)\/[A-Za-z0-9_-]{1,100}\/undo|n\/[A-Za-z0-9_.-]{1,250})$/.test(
    path,
  );
}

/** Value of a `Set-Cookie` header, or null when the path is not worth keeping. */
export function returnCookie(asked: string, secure: boolean): string | null {
  const path = asked
    .replace(/^(\/a\/[^/]+)\/(confirm|decisions|edits|extend|withdraw|break-glass|review)$/, '$1')
    .replace(/^(\/t\/[^/]+)\/answers$/, '$1')
    .replace(/^\/(settings|actions)\/[a-z/-]+$/, '/$1')
    .replace(/^\/undo\/several$/, '/undo')
    .replace(/^\/audit\/(verify|log\/[a-z]+)$/, '/audit');
  if (!isPage(path)) return null;
  return `${cookieName(secure)}=${path}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${keptSeconds}${secure ? '; Secure' : ''}`;
}

export function clearedReturnCookie(secure: boolean): string {
  return `${cookieName(secure)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${secure ? '; Secure' : ''}`;
}

export function readReturnPath(request: Request, secure: boolean): string {
  const prefix = `${cookieName(secure)}=`;
  const pair = (request.headers.cookie ?? '')
    .split(';')
    .map((text) => text.trim())
    .find((text) => text.startsWith(prefix));
  const path = pair?.slice(prefix.length) ?? '';
  return isPage(path) ? path : '/';
}
