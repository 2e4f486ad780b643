import type { OpenedLink } from '../../engine/runtime/outward/approval-link.ts';
import { type Html, html } from './html.ts';
import { moment } from './times.ts';
import type { Addresses, PageReply } from './view.ts';

/** Who opens a link may be anybody, also a scanner: nothing of the question is told before they sign in. */
export function questionWaitsPage(howToSignIn: Html): PageReply {
  return {
    status: 401,
    title: 'Sign in to see it',
    content: html`<h1>Something waits for you here</h1>
<p>This link leads to one question. It lets nobody in and decides nothing: sign in, and you come to it.</p>${howToSignIn}`,
  };
}

export function badNotificationPage(
  opened: Extract<OpenedLink, { ok: false }>,
  to: Addresses,
  nowMs: number,
): PageReply {
  const elsewhere = html`<p><a href="${to('/actions')}">What waits for people now</a></p>`;
  if (opened.why === 'expired') {
    return {
      status: 410,
      title: 'This link is too old',
      content: html`<h1>This link is too old</h1>
<p>It led to a question whose time is over; it stopped working ${moment(new Date(opened.expiredAtMs).toISOString(), nowMs)}. Nothing was decided by opening it.</p>${elsewhere}`,
    };
  }
  return {
    status: 403,
    title: 'This link is not ours',
    content: html`<h1>This link is not ours</h1>
<p>It was not copied whole, or somebody changed it. Nothing was decided by opening it.</p>${elsewhere}`,
  };
}

/** Nothing of the question, nor of whom it asks. */
export function notYourLinkPage(to: Addresses): PageReply {
  return {
    status: 403,
    title: 'This link was meant for somebody else',
    content: html`<h1>This link was meant for somebody else</h1>
<p>It was sent to one person, and you are signed in as another one. Nothing was done, and that you opened it was written down.</p>
<p><a href="${to('/actions')}">What waits for people now</a></p>`,
  };
}

export function usedLinkPage(approvalId: string, usedAt: Date, to: Addresses, nowMs: number): PageReply {
  return {
    status: 410,
    title: 'This link has done its work',
    content: html`<h1>This link has done its work</h1>
<p>You decided about its question ${moment(usedAt.toISOString(), nowMs)}. A link works once.</p>
<p><a href="${to(`/a/${approvalId}`)}">What became of it</a></p>`,
  };
}
