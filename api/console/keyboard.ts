import { type Html, html, type Value } from './html.ts';
import type { View } from './view.ts';

/*
 * What keys do, in words. `scripts/keys.js` does it, and `scripts/commands.js` what Ctrl K does: it finds what a key leads to by `data-shortcut` on a control and
 * `data-go` on a link of the rail, and presses nothing that changes anything.
 */

/** A page of the rail, and the letter that leads there after `g`. */
interface Place {
  go?: string;
  word: string;
}

/** In the frame: opens the list, and without script leads to what is said about it. */
export function keyboardLink(view: View): Html {
  return html`<p class="keys-link"><a href="${view.to('/settings')}#keyboard" data-keys-open>Keyboard <kbd aria-hidden="true">?</kbd></a></p>`;
}

export function keyboardList(places: readonly Place[]): Html {
  const goes = places.filter(({ go }) => go !== undefined && go !== '/');
  return html`<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keyboard</h2>
<dl>${row(['?'], 'This list')}${row(['Ctrl K', '⌘ K'], 'Go to a page, a control or an id')}${row(['/'], 'The filter of this page, or Search')}
${row(['j', 'k'], 'Next and previous row')}${row(['Enter'], 'Open the row')}${row(['x'], 'Tick the row')}
${row(['a', 'd', 'u'], 'To approving, denying, undo: nothing is pressed')}
${row(['[', ']'], 'Previous and next tab')}${goes.map(({ go = '', word }) => row(['g', go], word, ' '))}</dl>
<p class="small dim">Not while you write. They can be switched off in Settings.</p>
<form method="dialog"><button>Close</button></form></dialog>${commandList()}`;
}

/** What `scripts/commands.js` fills, and every word it may say. */
function commandList(): Html {
  const option = (name: string, words: Html) => html`<li role="option" data-command="${name}">${words}</li>`;
  return html`<dialog id="commands" aria-labelledby="commands-title"><h2 id="commands-title"><label for="command">Go to</label></h2>
<input id="command" role="combobox" aria-expanded="false" aria-controls="commands-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" maxlength="600" placeholder="A page, a control of this one, or an id">
<ul id="commands-list" role="listbox" aria-labelledby="commands-title"></ul>
<p class="small dim"><span role="status"><span data-count="one" hidden>1 fits.</span><span data-count="many" hidden><span data-fill></span> fit.</span></span> Enter goes there and orders nothing.</p>
<template>${option('page', html`<span data-fill></span> <span class="dim">page</span>`)}${option('tab', html`<span data-fill></span> <span class="dim">tab</span>`)}${option('control', html`<span data-fill></span> <span class="dim">on this page</span>`)}${option('search', html`Search for <bdi class="data" data-fill></bdi>`)}</template></dialog>`;
}

function row(keys: readonly string[], words: Value, between = ' / '): Html {
  return html`<div><dt>${keys.map((key, n) => html`${n > 0 && between}<kbd>${key}</kbd>`)}</dt><dd>${words}</dd></div>`;
}

/** On the settings page; what needs a script is shown by it. */
export function keyboardSettings(): Html {
  return html`<section id="keyboard"><h2>Keyboard</h2><p>Single keys lead through the pages; <kbd>?</kbd> lists them. <kbd>Ctrl K</kbd> (<kbd>⌘ K</kbd> on a Mac) goes to a page, a control or an id. They need a script of ours to run, and press nothing that changes anything.</p>
<label class="pick" data-keys-switch hidden><input type="checkbox"> Single keys do something</label>
<p class="small dim">Kept in this browser alone. Where it keeps nothing, they are off.</p></section>`;
}
