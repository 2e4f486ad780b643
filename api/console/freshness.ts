import { freshSignInMs } from '../../engine/core/approval/fresh-sign-in.ts';
import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/** Before a form that takes a fresh sign-in, when this one is not; the use case judges again. */
export function freshness(view: View, back: string): Html | null {
  const { signedInAtMs, nowMs } = view;
  if (signedInAtMs !== null && nowMs - signedInAtMs <= freshSignInMs) return null;
  return html`<p>This needs a sign-in of the last five minutes.</p>${proveAgain(view, back)}`;
}

/**
 * What helps then. Forms of their own, so none may stand around it.
 * @param hasPasskey false for somebody who has just been asked for theirs
 */
export function proveAgain(view: View, back: string, hasPasskey = view.hasPasskey): Html {
  const ways = view.waysAgain(back, hasPasskey);
  return html`${view.signedInAtMs === null && html`<p>The identity provider did not say when you proved who you are, so your sign-in counts as an old one.</p>`}${ways}
<p>${ways.length === 0 ? 'Use' : 'Or use'} a new sign-in link, then come back. What you wrote here is not kept.</p>`;
}
