import { freshSignInMs } from '../../engine/core/approval/fresh-sign-in.ts';
import { csrfField } from './csrf.ts';
import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/**
 * Beside a form that takes a fresh sign-in, when this one is not; the use case judges again.
 * @param back the page that it stands on
 */
export function freshness(view: View, back: string): Html | null {
  if (view.nowMs - Date.parse(view.signedInAt) <= freshSignInMs) return null;
  const needs = html`<p>This needs a sign-in of the last five minutes.`;
  if (!view.hasPasskey) return html`${needs} Use a new sign-in link first.</p>`;
  // Inside a form, which holds the token that it is sent with; what else was typed there is not kept.
  return html`${needs} <button formaction="${again(view, back)}" formnovalidate>Prove with a passkey that it is you</button></p>`;
}

/** The same after a refusal, as a form of its own; nothing where it would not help. */
export function proveAgain(view: View, back: string): Html | null {
  if (!view.hasPasskey) return null;
  return html`<form method="post" action="${again(view, back)}">${csrfField(view)}<button>Prove with a passkey that it is you</button></form>`;
}

function again(view: View, back: string): string {
  return view.to(`/sign-in/passkey/again?back=${encodeURIComponent(back)}`);
}
