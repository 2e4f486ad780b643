import { meaningParts } from './finding-words.ts';
import { type Html, html } from './html.ts';
import { type Look, tag } from './states.ts';

/** Parts that `scripts/verify.js` copies and fills: all words that it says stand here or in the page. */
export function verifyParts(): Html {
  return html`<template data-part="result"><section aria-label="Result">
<p class="lead" data-lead="whole">${tag(holds('The log is whole'), '')}</p>
<p class="lead" data-lead="range">${tag(holds('These entries are what was signed'), '')}</p>
<p class="lead" data-lead="broken">${tag(['It does not hold together', 'warn', 'bad'], '')}</p>
<p class="notice warn" data-when="servers-word"><strong>The key is the server's own word.</strong> Whoever forged the log may have named it. Compare it with the key that you were given elsewhere.</p>
<dl class="facts-line">${fact('Entries checked', 'which')}${fact('Recomputed', 'entries')}${fact('Newest head it fits, in entries', 'head')}${fact('Signed heads', 'checkpoints')}${fact('Heads of your own', 'own')}${fact('Your head from before: entries, verified', 'kept')}${fact('Orders about the log', 'orders')}${fact('Texts gone by retention', 'gone')}${fact('Without text: only their hashes fit', 'pruned')}${fact('Checked at', 'at')}${fact('Seconds', 'seconds')}${fact('Key: name and id', 'keys', 'code')}${fact('Root', 'root', 'code')}</dl>
<section data-when="findings"><h2>What does not fit</h2>
<p class="dim small">In the words of the offline verifier: “the export” is what this server answered.</p>
<p data-fact>First bad entry: <a data-first data-fill="first"></a></p><ul class="plain" data-findings></ul>
<p data-fact><span data-fill="echoes"></span> more heads do not fit either, as they cover the same entries.</p>
<p data-fact>And <span data-fill="more"></span> more. What comes first says where it begins.</p></section>
<section><h2>What was not checked here</h2><ul class="plain">
<li data-when="whole">Whose keys signed orders about the log, but for what the log says of them: compare them with the list that the host of the sequencer has.</li>
<li>What entries mean (no outcome without its attempt, no effect without its yes), and what is kept beside long ones: <code>riposte audit verify</code> on an export does.</li>
<li data-when="whole">The logs before this one, and that they lead to it: the same command follows them.</li>
<li data-when="range">The texts of all other entries, whether the key had been handed over before, and whether texts that are gone went by retention: verify the whole log.</li>
<li>This page itself: it came from the server that it checks.</li></ul></section></section></template>
<template data-part="finding"><li><p><strong data-fill="message"></strong> <span data-fact>The first that differs from what was signed is entry <span data-fill="exact"></span>.</span> <span data-fact><a href="#main">Entry <span data-fill="index"></span></a></span></p><p data-meaning></p></li></template>
<template data-part="kept"><li><p><code class="wrap" data-fill="name"></code> <span data-fact>at <span data-fill="head"></span></span></p>
<p data-fact>Key <code class="wrap" data-fill="key"></code></p>
<p class="notice warn" data-when="gone">The server does not name this log any more. Ask why before you forget it.</p>
<p><button type="button">Forget it</button></p></li></template>
${meaningParts()}`;
}

function holds(word: string): Look {
  return [word, 'check', 'good'];
}

/** A label with a place for a value; without one it is not shown. */
function fact(label: string, place: string, form: 'text' | 'code' = 'text'): Html {
  const value =
    form === 'code'
      ? html`<code class="wrap" data-fill="${place}"></code>`
      : html`<span data-fill="${place}"></span>`;
  return html`<div data-fact><dt>${label}</dt><dd>${value}</dd></div>`;
}
