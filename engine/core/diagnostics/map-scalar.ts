import type { Span } from './position.ts';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded';

/**
 * Maps a range of a scalar's value back to the characters in the file, through quotes, escapes
 * and folding. Expressions are checked as values; this is how their problems find their place.
 *
 * Returns the whole scalar when a character has no single place of its own, so that a position
 * is sometimes wide and never wrong.
 */
export function mapScalar(
  text: string,
  scalar: { at: Span; style: ScalarStyle; value: string },
  part: Span,
): Span {
  const places = placeCharacters(text, scalar.at, scalar.style, scalar.value);
  if (!places || part.start < 0 || part.end > scalar.value.length || part.start > part.end) return scalar.at;
  const first = places[Math.min(part.start, places.length - 1)];
  const last = places[Math.max(part.start, part.end - 1, 0)] ?? places.at(-1);
  if (!first || !last) return scalar.at;
  // A position just behind the last character (unexpected end) points behind it.
  if (part.start >= scalar.value.length) return { start: last.end, end: last.end };
  return { start: first.start, end: last.end };
}

function placeCharacters(text: string, at: Span, style: ScalarStyle, value: string): Span[] | null {
  switch (style) {
    case 'double':
      return placeFlow(text, at.start + 1, at.end - 1, value, doubleQuoted);
    case 'single':
      return placeFlow(text, at.start + 1, at.end - 1, value, singleQuoted);
    case 'plain':
      return placeFlow(text, at.start, at.end, value, plainText);
    case 'literal':
    case 'folded':
      return placeBlock(text, at, value);
  }
}

/** Reads one written character: what it means and how many units it takes; null is a line break. */
type ReadOne = (text: string, at: number) => { means: string; length: number };

const plainText: ReadOne = (text, at) => ({ means: text.charAt(at), length: 1 });

const singleQuoted: ReadOne = (text, at) =>
  text.startsWith("''", at) ? { means: "'", length: 2 } : { means: text.charAt(at), length: 1 };

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
};

const doubleQuoted: ReadOne = (text, at) => {
  if (text[at] !== '\\') return { means: text.charAt(at), length: 1 };
  const sign = text.charAt(at + 1);
  const digits = { x: 2, u: 4, U: 8 }[sign];
  if (digits !== undefined) {
    const code = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
    const means = Number.isNaN(code) || code > 0x10ffff ? '' : String.fromCodePoint(code);
    return { means, length: 2 + digits };
  }
  // An escaped line break joins two lines and means nothing by itself.
  if (sign === '\n' || sign === '\r') {
    const rest = /^\\\r?\n[ \t]*/.exec(text.slice(at, at + 500));
    return { means: '', length: rest?.[0].length ?? 2 };
  }
  return { means: escapes[sign] ?? '', length: 2 };
};

function placeFlow(text: string, start: number, end: number, value: string, read: ReadOne): Span[] | null {
  const places: Span[] = [];
  let at = start;
  while (places.length < value.length) {
    if (at >= end) return null;
    // Line folding: blanks around one line break are one space, each further break is itself.
    const fold = /^[ \t]*\r?\n([ \t]*\r?\n)*[ \t]*/.exec(text.slice(at, Math.min(end, at + 2000)));
    if (fold) {
      const breaks = fold[0].split('\n').length - 1;
      const folded = breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
      for (const character of folded) {
        if (value[places.length] !== character) return null;
        places.push({ start: at, end: at + fold[0].length });
      }
      at += fold[0].length;
      continue;
    }
    const one = read(text, at);
    if (!value.startsWith(one.means, places.length)) return null;
    for (let unit = 0; unit < one.means.length; unit++) places.push({ start: at, end: at + one.length });
    at += one.length;
  }
  return places;
}

function placeBlock(text: string, at: Span, value: string): Span[] | null {
  const header = text.indexOf('\n', at.start);
  if (header === -1) return value === '' ? [] : null;
  const indent = blockIndent(text.slice(header + 1, at.end));
  const places: Span[] = [];
  let position = header + 1 + indent;
  while (places.length < value.length) {
    const run = lineBreaks(text, position, indent);
    if (run) {
      const meaning = meaningOfBreaks(run.count, value, places.length, text.charAt(position + run.length));
      if (meaning === null) return null;
      for (const _ of meaning) places.push({ start: position, end: position + run.length });
      position += run.length;
      continue;
    }
    if (position >= text.length) {
      // The file ends without a line break, and the value has one all the same.
      if (value.slice(places.length).trim() !== '') return null;
      places.push({ start: position, end: position });
      continue;
    }
    if (text[position] !== value[places.length]) return null;
    places.push({ start: position, end: position + 1 });
    position++;
  }
  return places;
}

/** A run of line breaks with the indentation behind each of them. */
function lineBreaks(text: string, start: number, indent: number): { count: number; length: number } | null {
  let count = 0;
  let at = start;
  for (;;) {
    const next = text.startsWith('\r\n', at) ? at + 2 : text[at] === '\n' ? at + 1 : -1;
    if (next === -1) break;
    count++;
    at = next;
    for (let column = 0; column < indent && text[at] === ' '; column++) at++;
  }
  return count === 0 ? null : { count, length: at - start };
}

/**
 * Literal: every break is itself. Folded: one break is a space, n are n - 1, unless a line is
 * indented further. At the end the chomping sign decides. What fits the value is what was meant.
 */
function meaningOfBreaks(count: number, value: string, from: number, next: string): string | null {
  for (const meaning of ['\n'.repeat(count), count === 1 ? ' ' : '\n'.repeat(count - 1), '\n']) {
    const behind = from + meaning.length;
    if (value.startsWith(meaning, from) && (behind === value.length || value[behind] === next))
      return meaning;
  }
  return null;
}

function blockIndent(body: string): number {
  for (const line of body.split('\n')) {
    if (line.trim() !== '') return line.length - line.trimStart().length;
  }
  return 0;
}
