import type { Json } from '../../schemas/json.ts';
import { type Html, html } from './html.ts';
import { splitHidden } from './reveal-hidden.ts';

/*
 * Values that came from outside: alerts, targets, arguments, comments. They are shown as data, in
 * their own typeface and isolated from the direction of the text around them, so that nobody reads
 * an attacker's words as ours.
 */

export function data(text: string): Html {
  return inOwnType(text, pieces(text));
}

/** What something is called, on one line: a name that breaks it would put its words where ours stand. */
export function nameData(text: string): Html {
  return inOwnType(text, pieces(text, ''));
}

function inOwnType(text: string, shown: Html[]): Html {
  return html`<bdi class="data">${shown}${mixesAlphabets(text) && html` <em class="note">mixed alphabets</em>`}</bdi>`;
}

/** Sentences that hold such values: our own typeface, hidden characters still marked. */
export function marked(text: string): Html {
  return html`<bdi>${pieces(text)}</bdi>`;
}

/** A whole JSON value, in full; long ones fold away and say how long they are. */
export function jsonData(value: Json): Html {
  if (typeof value !== 'object' || value === null) return block(scalarText(value));
  const short = JSON.stringify(value);
  return block(short.length <= 100 ? short : JSON.stringify(value, null, 2));
}

function block(text: string): Html {
  if (text.length <= 120 && !text.includes('\n')) return data(text);
  const whole = html`<pre class="data"><bdi>${pieces(text)}</bdi></pre>`;
  if (text.length <= 1500) return whole;
  return html`<details><summary>${text.length.toLocaleString('en')} characters: show all</summary>${whole}</details>`;
}

/** The same in full, whatever its length. */
export function wholeText(text: string): Html {
  return html`<pre class="data"><bdi>${pieces(text)}</bdi></pre>`;
}

/** Beyond that, lines are so short that none of them says anything: 256 KiB of them would make a page of megabytes. */
const numberedMax = 20_000;

/**
 * A source file in full, with lines that links lead to (`#L12`). Their numbers are the style's, so that whoever copies
 * the text has the text.
 */
export function numberedSource(text: string): Html {
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  if (lines.length > numberedMax) return sourceText(text);
  return html`<pre class="data lines">${lines.map(
    (line, index) => html`<span id="L${index + 1}">${pieces(`${line}\n`)}</span>`,
  )}</pre>`;
}

/** A difference by lines (`line-diff.ts`): what went and what came also by their elements. Its first two lines name it. */
export function diffText(diff: string): Html {
  const runs: { sign: string; text: string }[] = [];
  for (const [index, line] of diff.trimEnd().split('\n').entries()) {
    const sign = index > 1 && (line.startsWith('+') || line.startsWith('-')) ? line.slice(0, 1) : '';
    const last = runs.at(-1);
    if (last?.sign === sign) last.text += `\n${line}`;
    else runs.push({ sign, text: line });
  }
  return html`<pre class="data source" tabindex="0">${runs.map(({ sign, text }) => {
    const words = html`<bdi>${pieces(`${text}\n`)}</bdi>`;
    return sign === '+' ? html`<ins>${words}</ins>` : sign === '-' ? html`<del>${words}</del>` : words;
  })}</pre>`;
}

/** A source file in full; its lines are not broken. */
export function sourceText(text: string): Html {
  return html`<pre class="data source" tabindex="0"><bdi>${pieces(text)}</bdi></pre>`;
}

function pieces(text: string, seen?: string): Html[] {
  return splitHidden(text, seen).map((piece) =>
    piece.hidden ? html`<span class="ctl">${piece.text}</span>` : html`${piece.text}`,
  );
}

function scalarText(value: string | number | boolean | null): string {
  if (value === '') return '""';
  return typeof value === 'string' ? value : String(value);
}

/** One word of Latin and Cyrillic or Greek letters is how `раураl` imitates a name. */
function mixesAlphabets(text: string): boolean {
  return text
    .split(/[^\p{Letter}]+/u)
    .some((word) => /\p{Script=Latin}/u.test(word) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(word));
}
