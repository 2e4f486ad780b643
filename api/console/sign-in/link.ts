import type { RequestHandler, Router } from 'express';
import { type CountWindow, createCountWindow } from '../../http/count-window.ts';
import { Problem } from '../../http/problem.ts';
import { isSameOrigin } from '../../http/same-origin.ts';
import { readSessionCookie } from '../../http/session-cookie.ts';
import { requestIdOf, sendPage } from '../send-page.ts';
import { badLinkPage, signInPage } from './pages.ts';
import { enter, type SignInSite } from './way.ts';

/** The way in that is always there: a link that somebody with a shell or an administrator hands over. */
export function mountLink(router: Router, console: SignInSite): void {
  // Wrong links per address: each one leaves an entry, and anybody may try. It keeps no right one out.
  const badLinks = createCountWindow(30, 60_000);
  router.get('/sign-in/:secret', showLink(console));
  router.post('/sign-in/:secret', useLink(console, badLinks));
}

function showLink(console: SignInSite): RequestHandler {
  return async (request, response) => {
    const secret = String(request.params.secret);
    const found = await console.deps.identity.peekSignInLink(secret);
    const page =
      found === null
        ? badLinkPage(console.site.howToSignIn)
        : signInPage(found.name, secret, console.site.to);
    sendPage(response, console.site, page);
  };
}

function useLink(console: SignInSite, badLinks: CountWindow): RequestHandler {
  const { deps, site } = console;
  return async (request, response) => {
    // Otherwise another site could sign somebody in as whom it likes.
    if (!isSameOrigin(request, deps.publicUrl)) throw new Problem('auth/bad-origin');
    const secret = String(request.params.secret);
    const address = request.socket.remoteAddress ?? 'unknown';
    const wait = badLinks.blockedForSeconds(address);
    // Only wrong links are slowed down, as wrong tokens are: behind a proxy everybody has one address, and whoever
    // guesses there must not keep those away who are asked.
    if (wait > 0 && (await deps.identity.peekSignInLink(secret)) === null) {
      throw new Problem('request/rate-limited', undefined, { headers: { 'Retry-After': String(wait) } });
    }
    const previousSession = readSessionCookie(request, deps.secureCookies);
    const used = await deps.identity.consumeSignInLink(secret, {
      requestId: requestIdOf(response),
      ...(previousSession !== null && { previousSession }),
    });
    if (!used.ok) {
      badLinks.count(address);
      return sendPage(response, site, badLinkPage(site.howToSignIn));
    }
    enter(request, response, console, used.session);
  };
}
