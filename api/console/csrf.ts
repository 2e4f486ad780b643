import { createHash, timingSafeEqual } from 'node:crypto';
import { type Html, html } from './html.ts';

/**
 * The form token of a session. It is derived from the session's 256 random bits, which no page and
 * no other site can read, so every process knows it without a shared key, and it dies with them.
 */
export function csrfToken(session: string): string {
  return hash(`riposte/console-form/v1\n${session}`).toString('base64url');
}

export function csrfMatches(session: string, given: string | undefined): boolean {
  return given !== undefined && timingSafeEqual(hash(csrfToken(session)), hash(given));
}

export function csrfField(view: { csrf: string }): Html {
  return html`<input type="hidden" name="csrf" value="${view.csrf}">`;
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
