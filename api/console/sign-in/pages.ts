import { sessionPolicy } from '../../../engine/core/identity/session-policy.ts';
import { type Html, html } from '../html.ts';
import type { Addresses, PageReply } from '../view.ts';

/** Opening the link shows this and uses nothing up: mail scanners open links. */
export function signInPage(name: string, secret: string, to: Addresses): PageReply {
  return {
    title: 'Sign in',
    content: html`<h1>Sign in as ${name}</h1>
<p>The link works once, within 15 minutes of being made.</p>
<form method="post" action="${to(`/sign-in/${secret}`)}"><button class="act">Sign in as ${name}</button></form>`,
  };
}

export function badLinkPage(howToSignIn: Html): PageReply {
  return {
    status: 403,
    title: 'This link does not work',
    content: html`<h1>This link does not work</h1>
<p>It was used before, is older than 15 minutes, or was not copied whole. Nobody was signed in.</p>
${howToSignIn}`,
  };
}

export function badPasskeyPage(detail: string, howToSignIn: Html): PageReply {
  return {
    status: 403,
    title: 'The passkey did not sign you in',
    content: html`<h1>The passkey did not sign you in</h1>
<p>${detail} One that was removed, or whose person was deactivated, signs nobody in.</p>
${howToSignIn}`,
  };
}

export function signInNeededPage(status: number, howToSignIn: Html): PageReply {
  return {
    status,
    title: 'Sign in',
    content: html`<h1>Sign in</h1>
<p>Riposte has no passwords.</p>${howToSignIn}`,
  };
}

/**
 * For a browser that was signed in before.
 * @param sent a form came, and nothing was done with it
 */
export function sessionOverPage(sent: boolean, howToSignIn: Html): PageReply {
  const { idleMs, absoluteMs } = sessionPolicy;
  return {
    status: 401,
    title: 'Your session is over',
    content: html`${sent && html`<div class="notice bad" role="alert"><p><strong>Nothing was done.</strong> What you just sent was not taken: sign in, and send it again.</p></div>`}<h1>Your session is over</h1>
<p>It ends after ${idleMs / 60_000} minutes without a page, and after ${absoluteMs / 3_600_000} hours in any case. </p>${howToSignIn}`,
  };
}

/** @param offers the ways beside the link */
export function howToSignIn(offers: readonly Html[]): Html {
  return html`${offers}<h2>${offers.length === 0 ? 'How to get a link' : 'Otherwise: a link'}</h2>
<p>A link signs you in, once.</p>
<ul class="plain"><li>On the machine where <code>riposte</code> was started: the terminal shows one at each start.</li>
<li>Elsewhere: ask an administrator. <code>riposte people link</code> makes one for you.</li></ul>
<p>Then open it here. If you came for a question, you will find it again afterwards.</p>`;
}

/** @param elsewhere what is still open there */
export function signedOutPage(elsewhere: readonly Html[], howToSignIn: Html): PageReply {
  return {
    title: 'Signed out',
    content: html`<h1>You are signed out</h1>${elsewhere}${howToSignIn}`,
  };
}

/**
 * A link in a mail or a chat comes from another site, so the browser holds our strict cookie back.
 * Asking once more from our own page brings it along.
 */
export function comeAgainPage(address: string): PageReply {
  return {
    title: 'Opening',
    refreshSeconds: 0,
    refreshTo: address,
    content: html`<h1>Opening…</h1><p><a href="${address}">Continue</a></p>`,
  };
}
