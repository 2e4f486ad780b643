import { type Html, html, type Value } from './html.ts';
import type { View } from './view.ts';

/*
 * What single keys do, in words. `scripts/keys.js` does it: it finds what a key leads to by `data-shortcut` on a control and
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
<dl>${row(['?'], 'This list')}${row(['/'], 'The filter of this page, or Search')}
${row(['j', 'k'], 'Next and previous row')}${row(['Enter'], 'Open the row')}${row(['x'], 'Tick the row')}
${row(['a', 'd', 'u'], 'To approving, denying, undo: nothing is pressed')}
${row(['[', ']'], 'Previous and next tab')}${goes.map(({ go = '', word }) => row(['g', go], word, ' '))}</dl>
<p class="small dim">Not while you write. They can be switched off in Settings.</p>
<form method="dialog"><button>Close</button></form></dialog>`;
}

function row(keys: readonly string[], words: Value, between = ' / '): Html {
  return html`<div><dt>${keys.map((key, n) => html`${n > 0 && between}<kbd>${key}</kbd>`)}</dt><dd>${words}</dd></div>`;
}

/** On the settings page; what needs a script is shown by it. */
export function keyboardSettings(): Html {
  return html`<section id="keyboard"><h2>Keyboard</h2><p>Single keys lead through the pages; <kbd>?</kbd> lists them. They need a script of ours to run, and press nothing that changes anything.</p>
<label class="pick" data-keys-switch hidden><input type="checkbox"> Single keys do something</label>
<p class="small dim">Kept in this browser alone. Where it keeps nothing, they are off.</p></section>`;
}
