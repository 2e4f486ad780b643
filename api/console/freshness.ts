import { freshSignInMs } from '../../engine/core/approval/fresh-sign-in.ts';
import { type Html, html } from './html.ts';
import type { View } from './view.ts';

/** Beside a form that takes a fresh sign-in, when this one is not; the use case judges again. */
export function freshness(view: View): Html | null {
  if (view.nowMs - Date.parse(view.signedInAt) <= freshSignInMs) return null;
  return html`<p>This needs a sign-in of the last five minutes. Use a new sign-in link first.</p>`;
}
