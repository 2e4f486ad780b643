import type { RequestHandler, Router } from 'express';
import { sessionPolicy } from '../../../engine/core/identity/session-policy.ts';
import type { Provider } from '../../../engine/runtime/identity/ask-provider.ts';
import { createCountWindow } from '../../http/count-window.ts';
import { Problem } from '../../http/problem.ts';
import { isSameOrigin } from '../../http/same-origin.ts';
import { readSessionCookie } from '../../http/session-cookie.ts';
import { html } from '../html.ts';
import { parseForm, readForm } from '../read-form.ts';
import { pageOrHome, readReturnPath } from '../return-path.ts';
import { sendPage } from '../send-page.ts';
import { comeBack } from './oidc-callback.ts';
import { askAgain, leavingPage, notSignedInPage } from './oidc-pages.ts';
import { challengeOf, newPending, pendingCookie } from './oidc-pending.ts';
import { codeOf } from './provider-code.ts';
import type { ProviderTerms } from './provider-terms.ts';
import type { SignInSite, SignInWay } from './way.ts';

/** Below the public address: where the provider sends the browser back to. */
export const callbackPath = '/sign-in/oidc/callback';

/**
 * The way through an identity provider. The browser leaves from a page of ours and comes back with an answer, which is
 * taken once, by the browser that left.
 */
export function createOidcWay(terms: ProviderTerms, provider: Provider): SignInWay {
  return {
    offer: (to) =>
      html`<form method="post" action="${to('/sign-in/oidc')}"><button class="act">${terms.label}</button></form>`,
    again: ({ to }, back) => askAgain(terms, to, back),
    afterSignOut: html`<p>That was Riposte: at the identity provider you may still be signed in.</p>`,
    mount(router: Router, site: SignInSite) {
      // Failed ones per address leave an entry up to here; they keep no right one out.
      const failures = createCountWindow(30, 60_000);
      router.post('/sign-in/oidc', parseForm, leave(provider, site));
      router.get(callbackPath, comeBack(terms, provider, site, failures));
    },
  };
}

function leave(provider: Provider, console: SignInSite): RequestHandler {
  const { deps, site } = console;
  return async (request, response) => {
    // Otherwise another site could send somebody through a sign-in that they did not ask for.
    if (!isSameOrigin(request, deps.publicUrl)) throw new Problem('auth/bad-origin');
    const form = readForm(request);
    const named = form('back');
    const anew = form('again') === 'yes';
    const session = readSessionCookie(request, deps.secureCookies);
    const pending = newPending({
      askedAtMs: deps.nowMs(),
      back: named === undefined ? readReturnPath(request, deps.secureCookies) : pageOrHome(named),
      // Of a session that has ended meanwhile nothing is left to prove: it is a sign-in like any other.
      again: anew && session !== null && (await deps.identity.findBySession(session)) !== null,
      session,
    });
    try {
      // Nobody's session rests on a proof that is older than a session may be.
      const maxAgeSeconds = anew ? 0 : sessionPolicy.absoluteMs / 1000;
      const address = await provider.addressFor(challengeOf(pending), maxAgeSeconds);
      response.append('Set-Cookie', pendingCookie(pending, deps.secureCookies));
      sendPage(response, site, leavingPage(address));
    } catch (error) {
      const code = codeOf(error, console, response);
      sendPage(response, site, notSignedInPage({ code }, pending, site, null));
    }
  };
}
