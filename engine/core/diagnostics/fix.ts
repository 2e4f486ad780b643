import type { Span } from './position.ts';

/*
 * A change of the text that answers a problem. Rules offer it as data; whoever applies it compiles
 * again and keeps it only if nothing got worse.
 */

export interface Edit {
  at: Span;
  text: string;
}

export interface Fix {
  /** What it does, for people: `write "isolate"`. */
  title: string;
  edits: readonly Edit[];
}

/** The words and the fix for a name that was mistyped. */
export interface Suggestion {
  help?: string;
  fix?: Fix;
}

/**
 * `meant` instead of what is written at a place. There is no fix when the place is wider than the name,
 * as it is inside escaped or folded texts: then only a person can see which part to change.
 */
export function didYouMean(
  meant: string | null,
  at: Span,
  written: string,
  text: string,
  otherwise?: string,
): Suggestion {
  if (meant === null) return otherwise === undefined ? {} : { help: otherwise };
  const help = `did you mean "${meant}"?`;
  const source = text.slice(at.start, at.end);
  const quote = /^["']/.test(source) && source.at(-1) === source[0] ? source.charAt(0) : '';
  if (source !== `${quote}${written}${quote}`) return { help };
  return { help, fix: { title: `write "${meant}"`, edits: [{ at, text: `${quote}${meant}${quote}` }] } };
}
