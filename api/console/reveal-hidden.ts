/*
 * Characters that change how a text looks without being seen: controls, bidirectional marks (Trojan
 * Source, CVE-2021-42574), zero-width and tag characters, blank letters, lone surrogates. An alert
 * may hold them to make a host or a command look like another one.
 */

// Cc, Cf, line and paragraph separators, lone surrogates; then letters and symbols that draw nothing; then heaps of
// marks on one letter, which draw over the lines around it.
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u2800\u3164\uffa0]|\u034f|\p{M}{7,}/gu;

/** More than any script puts on one letter. */
const marksMax = 6;

/** A right-to-left override becomes `[U+202E]`, in place. Tabs and line ends stay. */
export function revealHidden(text: string): string {
  return splitHidden(text)
    .map((piece) => (piece.hidden ? `[${piece.text}]` : piece.text))
    .join('');
}

export interface Piece {
  /** Plain text, or the name of one character that is not seen, such as `U+202E`. */
  text: string;
  hidden: boolean;
}

/** @param seen of those characters, the ones that may do their work here */
export function splitHidden(given: string, seen = '\n\t'): Piece[] {
  const text = given.replaceAll('\r\n', '\n');
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    const [what] = match;
    if (seen.includes(what)) continue;
    const marks = what.length > 2 ? [...what] : [];
    const shown = match.index + marks.slice(0, marksMax).join('').length;
    if (shown > from) pieces.push({ text: text.slice(from, shown), hidden: false });
    pieces.push({
      text: marks.length > 0 ? `+${marks.length - marksMax} marks` : nameOf(what),
      hidden: true,
    });
    from = match.index + what.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), hidden: false });
  return pieces;
}

function nameOf(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
}
