import type { Request, Response, Router } from 'express';
import { sessionCookie } from '../../http/session-cookie.ts';
import type { Html } from '../html.ts';
import type { Site } from '../layout.ts';
import { clearedReturnCookie, readReturnPath } from '../return-path.ts';
import type { Addresses, ConsoleDeps, View } from '../view.ts';
import { clearedPendingCookie, readPending } from './oidc-pending.ts';

/** What a way in is handed of the console. */
export interface SignInSite {
  deps: ConsoleDeps;
  site: Site;
}

/** What a way has to know of whoever is signed in. */
export type Proving = Pick<View, 'csrf' | 'hasPasskey' | 'to'>;

/** A way to prove who one is, beside the link, which is always there. */
export interface SignInWay {
  /** For somebody who has to sign in: stands on each page that says so, before the words about links. */
  offer(to: Addresses): Html;
  /** For somebody who is signed in and has to prove anew who they are; leads back to that page. A form of its own. */
  again?(view: Proving, back: string): Html | null;
  /** What signing out here leaves open elsewhere. */
  afterSignOut?: Html;
  /** Its routes, below `/sign-in/` and with a name of their own; they come before the link's. */
  mount(router: Router, site: SignInSite): void;
}

/** Somebody has proved who they are: the browser is given the session, and goes on to where it wanted to go. */
export function enter(
  request: Request,
  response: Response,
  { deps, site }: SignInSite,
  session: string,
): void {
  giveSession(request, response, deps, session);
  response.redirect(303, site.to(readReturnPath(request, deps.secureCookies)));
}

/** The cookie of the session, and an end to those that only lead to one: a sign-in under way would replace this one. */
export function giveSession(
  request: Request,
  response: Response,
  { secureCookies, nowMs }: Pick<ConsoleDeps, 'secureCookies' | 'nowMs'>,
  session: string,
): void {
  response.append('Set-Cookie', sessionCookie(session, secureCookies));
  response.append('Set-Cookie', clearedReturnCookie(secureCookies));
  if (readPending(request, secureCookies, nowMs()) !== null)
    response.append('Set-Cookie', clearedPendingCookie(secureCookies));
}
