import type { Request } from 'express';

/*
 * Where somebody wanted to go before they had to sign in: kept in a short-lived cookie of their own
 * browser, because the sign-in link comes from a terminal or a colleague and knows nothing of it.
 */

const keptSeconds = 15 * 60;

function cookieName(secure: boolean): string {
  return secure ? '__Host-riposte-return' : 'riposte-return';
}

const pages = [
  /^\/(search|incidents|actions|audit|audit\/log|contained|held|runs|alerts|playbooks|undo|settings|settings\/(account|guardrails|passkeys|streams))$/,
  /^\/(a|t|undo|incidents|runs|alerts|playbooks|audit)\/[A-Za-z0-9_-]{1,100}$/,
  /^\/(runs|incidents)\/[A-Za-z0-9_-]{1,100}\/undo$/,
  /^\/n\/[A-Za-z0-9_.-]{1,250}$/,
];

/** Where a form goes, and the page that it stands on. */
const forms = [
  /^(\/a\/[^/]+)\/(confirm|prove|prove-alone|decisions|edits|extend|withdraw|break-glass|review)$/,
  /^(\/t\/[^/]+)\/answers$/,
  /^(\/undo)\/several$/,
  /^(\/actions)\/(chosen|prove|decisions)$/,
  /^(\/audit\/log)\/(propose|confirm|place)$/,
  /^(\/settings\/guardrails)\/(confirm|drop)$/,
  /^(\/settings\/streams)\/[^/]+\/(pause|resume|remove|test)$/,
  /^(\/settings\/passkeys)\/(add|[^/]+\/remove)$/,
  /^(\/settings\/account)\/(in-order|not-me|tokens\/[^/]+\/revoke)$/,
  /^(\/settings)\/(pause(\/lift)?|stop(\/clear)?)$/,
];

/** Pages only, by their exact form: whatever else a cookie says is not followed. */
function isPage(path: string): boolean {
  return pages.some((page) => page.test(path));
}

function behind(asked: string): string {
  return forms.map((form) => form.exec(asked)?.[1]).find((page) => page !== undefined) ?? asked;
}

/** The page that somebody is on who asked for this, or home. */
export function pageBehind(asked: string): string {
  return pageOrHome(behind(asked));
}

/** Value of a `Set-Cookie` header, or null when the path is not worth keeping. */
export function returnCookie(asked: string, secure: boolean): string | null {
  const path = behind(asked);
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
  return pageOrHome(path);
}

/** The page that is asked for, or home for whatever is none. */
export function pageOrHome(path: string): string {
  return isPage(path) ? path : '/';
}
