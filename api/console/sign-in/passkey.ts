import type { Request, RequestHandler } from 'express';
import type { RelyingParty } from '../../../engine/core/identity/relying-party.ts';
import { mintSecret } from '../../../engine/runtime/identity/secret.ts';
import { Problem } from '../../http/problem.ts';
import { isSameOrigin } from '../../http/same-origin.ts';
import { readSessionCookie } from '../../http/session-cookie.ts';
import { csrfField, csrfMatches, csrfToken } from '../csrf.ts';
import { type Html, html } from '../html.ts';
import { openSession } from '../open-session.ts';
import { passkeyStep } from '../passkey-step.ts';
import { parseForm, readForm, readQuery } from '../read-form.ts';
import { returnCookie } from '../return-path.ts';
import { requestIdOf, sendPage } from '../send-page.ts';
import type { Addresses } from '../view.ts';
import { browserCookie, clearedBrowserCookie, readBrowserCookie } from './browser-cookie.ts';
import { badPasskeyPage } from './pages.ts';
import { enter, type Proving, type SignInSite, type SignInWay } from './way.ts';

/**
 * A passkey: nobody types a name, and at night nobody has to be asked for a link. Pressing the button opens a
 * challenge for this browser and leads to the page that asks for the key; its answer is a form like any other.
 */
export function passkeyWay(party: RelyingParty): SignInWay {
  return {
    offer,
    again,
    mount(router, console) {
      // An address bar that still shows where a form went.
      for (const path of ['/sign-in/passkey', '/sign-in/passkey/:step'])
        router.get(path, (_request, response) => response.redirect(303, console.site.to('/sign-in')));
      router.post('/sign-in/passkey', ask(console, party));
      router.post('/sign-in/passkey/again', parseForm, askAgain(console, party));
      router.post('/sign-in/passkey/answer', parseForm, answer(console, party));
    },
  };
}

function offer(to: Addresses): Html {
  return html`<form method="post" action="${to('/sign-in/passkey')}"><button class="act">Sign in with a passkey</button></form>`;
}

function again(view: Proving, back: string): Html | null {
  if (!view.hasPasskey) return null;
  const address = view.to(`/sign-in/passkey/again?back=${encodeURIComponent(back)}`);
  return html`<form method="post" action="${address}">${csrfField(view)}<button>Prove with a passkey that it is you</button></form>`;
}

function ask(console: SignInSite, party: RelyingParty): RequestHandler {
  const { deps, site } = console;
  return async (request, response) => {
    if (!isSameOrigin(request, deps.publicUrl)) throw new Problem('auth/bad-origin');
    const browser = mintSecret('');
    const address = request.socket.remoteAddress ?? 'unknown';
    const options = await deps.identity.askForPasskey({ kind: 'sign-in', address }, browser, party);
    response.append('Set-Cookie', browserCookie(browser, deps.secureCookies));
    const page = passkeyStep({
      title: 'Sign in with a passkey',
      lead: html`<p>Choose the one that was registered here. It makes sure that it is you.</p>`,
      ask: 'get',
      options,
      action: site.to('/sign-in/passkey/answer'),
      fields: html``,
      otherwise: html`<p><a href="${site.to('/sign-in')}">Sign in another way</a></p>`,
    });
    sendPage(response, site, page);
  };
}

/** Whoever is signed in proves it once more, with a key of their own. */
function askAgain(console: SignInSite, party: RelyingParty): RequestHandler {
  const { deps, site } = console;
  return async (request, response) => {
    if (!isSameOrigin(request, deps.publicUrl)) throw new Problem('auth/bad-origin');
    const opened = await openSession(request, requestIdOf(response), deps, site);
    if (opened === null) return response.redirect(303, site.to('/sign-in'));
    const { session, view } = opened;
    if (!csrfMatches(session, readForm(request)('csrf'))) throw new Problem('auth/bad-origin');
    const { personId } = view.caller;
    if (personId === null || !view.hasPasskey)
      throw new Problem('auth/bad-passkey', 'You have no passkey here. Use a new sign-in link.');
    const options = await deps.identity.askForPasskey({ kind: 'again', personId }, view.csrf, party);
    const back = returnCookie(readQuery(request)('back') ?? '/', deps.secureCookies);
    if (back !== null) response.append('Set-Cookie', back);
    const page = passkeyStep({
      title: 'Prove that it is you',
      lead: html`<p>Your passkey signs you in anew as ${view.caller.name}; then you come back to where you were.</p>`,
      ask: 'get',
      options,
      action: site.to('/sign-in/passkey/answer'),
      fields: html``,
      otherwise: html`<p>Otherwise: a new sign-in link.</p>`,
    });
    sendPage(response, site, page, view);
  };
}

function answer(console: SignInSite, party: RelyingParty): RequestHandler {
  const { deps, site } = console;
  return async (request, response) => {
    // Otherwise another site could sign somebody in as whom it likes.
    if (!isSameOrigin(request, deps.publicUrl)) throw new Problem('auth/bad-origin');
    const session = readSessionCookie(request, deps.secureCookies);
    const use = { answer: readForm(request)('answer') ?? '', party, browsers: browsersOf(request, console) };
    const used = await deps.identity.signInWithPasskey(use, {
      requestId: requestIdOf(response),
      ...(session !== null && { previousSession: session }),
    });
    if (!used.ok) return sendPage(response, site, badPasskeyPage(used.detail, site.howToSignIn));
    response.append('Set-Cookie', clearedBrowserCookie(deps.secureCookies));
    enter(request, response, console, used.session);
  };
}

/** What only this browser has: its cookie for nobody yet, and the form token of its session. */
function browsersOf(request: Request, { deps }: SignInSite): string[] {
  const session = readSessionCookie(request, deps.secureCookies);
  const browser = readBrowserCookie(request, deps.secureCookies);
  return [browser, session === null ? null : csrfToken(session)].filter((each) => each !== null);
}
