import { mayI } from '../../engine/core/identity/rights.ts';
import { readTopics, rightOf } from '../../engine/core/outward/live-topics.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import type { PageReply, View } from './view.ts';

/*
 * What `scripts/live.js` has to know of a page, and everything that it may say to people. It fills in what stands
 * as `data-fill`, and shows and hides; without it nothing of this is seen.
 */
export function liveStrip(view: View, { live, lookAt }: PageReply): Html {
  const { caller, place, sessionEnds, to } = view;
  return html`<div id="live"${streamOf(view, live)}${lookAt !== undefined && html` data-look="${to(lookAt)}"`}${place !== null && html` data-place="${place}"`} data-person="${caller.id}" data-ends="${sessionEnds.at}" data-latest="${sessionEnds.atLatest}">
<div role="status">
${said('old', html`${icon('clock')}<strong>Not up to date since <b data-fill></b>: no connection, or no answer.</strong> It is tried again by itself.`)}
${said('slow', html`${icon('clock')}Changes are not told at once just now: this page looks every 15 seconds.`)}
${said('gone', html`${icon('stop')}<strong>You may not see this any more, or it is not there any more.</strong> What is shown is from <b data-fill></b>.`)}
${said('over', html`${icon('stop')}<strong>Your session is over.</strong> What you have written stays here, and nothing is sent. <a href="${to('/sign-in')}" target="_blank" rel="noopener">Sign in in another tab</a>, then go on here.`)}
${said('other', html`${icon('stop')}<strong>Somebody else is signed in here now.</strong> Nothing that you press here counts. <a href="">Load this page as them</a>`)}
${said('ending', html`${icon('clock')}<strong>Your session ends at <b data-fill></b>,</strong> because nobody has asked for anything. <button type="button" data-do="stay">Stay signed in</button>`)}
${said('ending-latest', html`${icon('clock')}<strong>Your session ends at <b data-fill></b>,</strong> as no session lasts longer. <a href="${to('/sign-in')}" target="_blank" rel="noopener">Sign in anew in another tab</a>; what you have written stays here.`)}
</div>
<p class="unseen" role="status">${[10, 5, 1].map((minutes) => html`<span data-said="left-${minutes}" hidden>${minutes} ${minutes === 1 ? 'minute' : 'minutes'} left to decide.</span>`)}<span data-said="fresh-one" hidden>1 new.</span><span data-said="fresh" hidden><b data-fill></b> new.</span></p><p class="unseen" role="status"><span data-said="selected" hidden><b data-fill></b> selected.</span></p>
<template><p class="fresh"><button type="button" data-do="show"><span data-one>1 new: show it</span><span data-many hidden><b data-fill></b> new: show them</span></button></p><span class="out small">${icon('cross')}Not in this list any more</span><span class="out off-page small">${icon('dash')}Not on this page any more: it is over, or stands on another page</span>
<div class="notice quiet changed" role="alert" tabindex="-1"><p><strong data-fill></strong> Nothing that you press here counts until you have seen it.</p><button type="button" data-do="show">Show it</button></div>
<div class="notice quiet told" role="alert"><p><strong data-fill>It does not wait here any more: it was decided, or is over.</strong> It goes along with nothing.</p><button type="button" data-do="show">Show it as it is now</button></div>
<section class="kept"><p class="small dim">What you had written</p><p data-fill></p></section></template>
</div>`;
}

/** Of a page that is told, what asks again where no script runs; of every other page, always. */
export function unscripted(live: PageReply['live'], again: Html): Html {
  return live === undefined ? again : html`<noscript>${again}</noscript>`;
}

/** What this person may not be told of, they are shown on the page no more than that. */
function streamOf({ caller, to }: View, live: PageReply['live'] = []): Html | null {
  // Every page says what is stopped.
  const all = live.length === 0 ? [] : [...live, 'stops' as const];
  const topics = all.filter((topic) =>
    readTopics(topic).every(({ kind }) => mayI(caller, rightOf[kind]).allowed),
  );
  // The stream as a whole takes the first right.
  const may = topics.length > 0 && mayI(caller, 'approvals.read').allowed;
  return !may ? null : html` data-stream="${to('/v1/stream')}?topics=${topics.join(',')}"`;
}

function said(what: string, words: Html): Html {
  return html`<p class="notice warn" data-said="${what}" hidden>${words}</p>`;
}
