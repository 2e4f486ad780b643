import { accountBar } from './account-bar.ts';
import { csrfField } from './csrf.ts';
import { glassBar } from './glass-bar.ts';
import { type Html, html } from './html.ts';
import { icon } from './icons.ts';
import { keyboardLink, keyboardList } from './keyboard.ts';
import { liveStrip, unscripted } from './live-strip.ts';
import { everyPage } from './read-scripts.ts';
import { moment } from './times.ts';
import { type Addresses, may, type PageReply, type Section, type View } from './view.ts';

/** Where the stylesheet lies; the name changes with its content, so it may be kept for long. */
export interface Site {
  to: Addresses;
  stylesheet: string;
  /** Likewise the folder of the scripts. */
  scripts: string;
  /** For whoever has to sign in: all ways there are. */
  howToSignIn: Html;
  /** For whoever has to prove anew who they are: the ways that can, each leading back to that page. */
  proveAgain(view: Pick<View, 'csrf' | 'hasPasskey' | 'to'>, back: string): readonly Html[];
}

/** `go`: the key that leads there after `g`; `/` leads to Search where a page has no filter. */
const sections: readonly { id: Section; path: string; word: string; go?: string }[] = [
  { id: 'home', path: '/', word: 'Home', go: 'h' },
  { id: 'search', path: '/search', word: 'Search', go: '/' },
  { id: 'incidents', path: '/incidents', word: 'Incidents', go: 'i' },
  { id: 'actions', path: '/actions', word: 'Action center', go: 'a' },
  { id: 'runs', path: '/runs', word: 'Runs', go: 'r' },
  { id: 'alerts', path: '/alerts', word: 'Alerts' },
  { id: 'playbooks', path: '/playbooks', word: 'Playbooks', go: 'p' },
  { id: 'audit', path: '/audit', word: 'Audit', go: 'u' },
  { id: 'settings', path: '/settings', word: 'Settings', go: 's' },
];

/** A page for somebody who is signed in: rail or top bar, stop bar, content. */
export function pageFor(view: View, site: Site, reply: PageReply): Html {
  const navigation = html`<ul>${shownSections(view).map(
    ({ id, path, word, go }) =>
      html`<li><a href="${view.to(path)}"${go !== undefined && html` data-go="${go}"`}${id === reply.section && html` aria-current="page"`}>${word}</a></li>`,
  )}</ul>`;
  const person = html`<p class="who">${view.caller.name}<span class="dim">${view.caller.roles.join(', ')}</span></p>
<form method="post" action="${view.to('/sign-out')}">${csrfField(view)}<button class="quiet">Sign out</button></form>${keyboardLink(view)}`;
  return documentFor(
    site,
    reply,
    view.nowMs,
    html`<header class="frame">
<a class="brand" href="${view.to('/')}">Riposte</a>
<nav class="rail" aria-label="Main">${navigation}</nav>
<div class="person">${person}</div>
<details class="menu"><summary>Menu</summary><nav aria-label="Main menu">${navigation}</nav>${person}</details>
</header>
<main id="main" tabindex="-1"><p class="on-paper small dim">Riposte at ${view.deps.publicUrl}, as ${view.caller.name} saw it at ${new Date(view.nowMs).toISOString()}</p>${liveStrip(view, reply)}${pauseBar(view)}${heldBar(view)}${stopBar(view)}${glassBar(view)}${reply.tellsAccount !== true && accountBar(view)}${stuckBar(view)}${leaseBar(view)}${reply.content}</main>${keyboardList(shownSections(view))}`,
  );
}

/** A page for somebody we do not know yet, or before we could find out. */
export function barePage(site: Site, reply: PageReply): Html {
  return documentFor(
    site,
    reply,
    null,
    html`<main id="main" class="alone" tabindex="-1"><p class="brand">Riposte</p>${reply.content}</main>`,
  );
}

/** `nowMs`: for somebody who is signed in, when this was true by our clock. */
function documentFor(site: Site, reply: PageReply, nowMs: number | null, body: Html): Html {
  const { live, refreshSeconds, refreshTo, bar, title, script } = reply;
  const scripts = [...(nowMs === null ? [] : everyPage), ...(script === undefined ? [] : [script])];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refreshSeconds !== undefined && unscripted(live, html`<meta http-equiv="refresh" content="${refreshSeconds}${refreshTo !== undefined && html`; url=${refreshTo}`}">`)}
<title>${title} · Riposte</title>
<link rel="stylesheet" href="${site.stylesheet}">${scripts.map((name) => html`<script type="module" src="${site.scripts}/${name}.js"></script>`)}</head>
<body${bar !== undefined && html` class="has-bar"`}${nowMs !== null && html` data-now="${new Date(nowMs).toISOString()}"`}><a class="skip" href="#main">Skip to content</a>
${body}${bar !== undefined && html`<div data-bar role="region" aria-label="Decision">${bar}</div>`}</body></html>`;
}

function shownSections(view: View) {
  return sections.filter(({ id }) => id !== 'audit' || may(view, 'audit.read-own'));
}

/** Tells everyone that nothing begins and nothing is sent. */
function pauseBar({ pause, nowMs, to }: View): Html | null {
  if (!pause.active) return null;
  return html`<section class="stopped" aria-label="Pause"><p>${icon('stop')}<strong>Everything is paused.</strong>
By ${pause.setBy ?? 'unknown'}${pause.setAt !== null && html` ${moment(pause.setAt, nowMs)}`}: ${pause.reason ?? 'no reason given'}.
${pause.liftAskedBy !== null && html`${pause.liftAskedBy} asked to lift it; a second person has to agree within an hour of that.`}</p>
<p class="small">No run begins and nothing is sent. Alerts are taken in and kept; the time of open questions stands still. <a href="${to('/settings')}">Settings</a></p></section>`;
}

/** More than these are said to be there; they would push the page itself out of sight. */
export const stopsShown = 10;

/** Tells everyone that nothing is being done, since when, by whom and why. */
function stopBar(view: View): Html | null {
  const { stops } = view;
  if (stops.length === 0) return null;
  return html`<section class="stopped" aria-label="Emergency stop">${stops.slice(0, stopsShown).map(
    (stop) => html`<p>${icon('stop')}<strong>Emergency stop: ${stopScope(stop)}.</strong>
Set by ${stop.setBy ?? 'unknown'}${stop.setAt !== null && html` ${moment(stop.setAt, view.nowMs)}`}: ${stop.reason ?? 'no reason given'}.
${stop.clearRequestedBy !== null && html`${stop.clearRequestedBy} asked to clear it; a second person has to agree within an hour of that.`}</p>`,
  )}${stops.length > stopsShown && html`<p>More is stopped than these: <code>GET /v1/stops?active=true</code> lists all of it.</p>`}<p class="small">Held actions are not lost. What was done can still be taken back. Clearing takes two people: <a href="${view.to('/settings')}">Settings</a></p></section>`;
}

/** No person set it, so it says where people read what they have to do. */
function heldBar(view: View): Html | null {
  if (view.held === null) return null;
  return html`<section class="stopped" aria-label="Audit log"><p>${icon('stop')}<strong>The audit log is in doubt: nothing is contained or eradicated.</strong>
<a href="${view.to('/audit/log')}">Why, and what two people have to do</a></p><p class="small">Held actions are not lost.</p></section>`;
}

/** Nobody decides these but people: the clock has, and nothing came of it. */
function stuckBar(view: View): Html | null {
  if (view.stuck === 0) return null;
  const many = view.stuck === 1 ? 'A lease has' : `${view.stuck} leases have`;
  return html`<section class="notice warn" aria-label="Stuck leases"><p>${icon('clock')}<strong>${many} ended and nothing ends ${view.stuck === 1 ? 'it' : 'them'}</strong>: only an engine of another version can.
<a href="${view.to('/contained?lease=stuck')}">What is stuck</a></p></section>`;
}

/** Nothing is wrong, but somebody has to decide before the clock does. */
function leaseBar(view: View): Html | null {
  if (view.expiring === null) return null;
  const { count, soonest } = view.expiring;
  const many = count === 1 ? 'A lease ends' : `${count} leases end`;
  return html`<section class="notice warn" aria-label="Leases"><p>${icon('clock')}<strong>${many} soon</strong>, the first ${moment(soonest, view.nowMs)}.
<a href="${view.to('/contained?lease=expiring')}">Renew or release</a></p></section>`;
}

function stopScope(stop: { scope: string; subject: string }): string {
  const nothing = 'nothing is contained or eradicated';
  if (stop.scope === 'everything') return nothing;
  return `${nothing} ${stop.scope === 'system' ? 'through' : 'by'} the ${stop.scope} ${stop.subject}`;
}
