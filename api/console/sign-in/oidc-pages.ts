import { type Code, codes } from '../../../schemas/codes.ts';
import { statusOf } from '../../http/status-of.ts';
import { type Html, html } from '../html.ts';
import type { Site } from '../layout.ts';
import type { Addresses, PageReply } from '../view.ts';
import type { Pending } from './oidc-pending.ts';
import type { ProviderTerms } from './provider-terms.ts';

/** Leads the browser to the provider: a form must not be sent on to another site, a page of ours may lead there. */
export function leavingPage(address: string): PageReply {
  return {
    title: 'Opening the identity provider',
    refreshSeconds: 0,
    refreshTo: address,
    content: html`<h1>Opening the identity provider…</h1><p><a href="${address}">Continue</a></p>`,
  };
}

/** The provider has a session of an account that does not help here, and would answer with it for ever. */
const otherAccount: readonly Code[] = [
  'auth/unknown-person',
  'auth/no-role',
  'auth/deactivated',
  'auth/another-person',
];

/**
 * Nobody was signed in: why, and what there is to do.
 * @param again has the provider ask who is there
 */
export function notSignedInPage(
  { code, detail }: { code: Code; detail?: string },
  pending: Pending | null,
  { to, howToSignIn }: Site,
  again: Html | null,
): PageReply {
  const { summary, help } = codes[code];
  return {
    status: statusOf(code),
    title: summary,
    content: html`<p class="dim code">${code}</p><h1>${summary}</h1>
${detail !== undefined && html`<p>${detail}</p>`}<p>${help}</p>
${pending?.again === true && html`<p>Nothing was recorded, and your session is what it was. <a href="${to(pending.back)}">Back</a></p>`}
${otherAccount.includes(code) && again !== null && html`<p>Or with another account at the provider:</p>${again}`}${howToSignIn}`,
  };
}

/** Has the provider ask who is there, whatever session it has. */
export function askAgain({ label }: ProviderTerms, to: Addresses, back: string): Html {
  return html`<form method="post" action="${to('/sign-in/oidc')}"><input type="hidden" name="again" value="yes"><input type="hidden" name="back" value="${back}">
<button>${label} once more</button></form>`;
}
