/*
 * Where things stand in a text. Rules work in offsets; people read lines and columns. Knows
 * nothing of YAML nodes, only how a scalar's characters map back to the characters written.
 */

/** Offsets in UTF-16 units; `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
}

export interface Place {
  line: number;
  column: number;
}

export interface Lines {
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly starts: readonly number[];
}

export function indexLines(text: string): Lines {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return { text, starts };
}

/** Line and column, both from 1. */
export function placeOf(lines: Lines, offset: number): Place {
  let low = 0;
  let high = lines.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines.starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lines.starts[low] ?? 0) + 1 };
}

/** The offset of a line and column, both from 1. */
export function offsetOf(lines: Lines, line: number, column: number): number {
  return (lines.starts[line - 1] ?? lines.text.length) + column - 1;
}

/** The text of a line without its line break. */
export function lineOf(lines: Lines, line: number): string {
  const start = lines.starts[line - 1] ?? lines.text.length;
  const end = lines.starts[line] ?? lines.text.length + 1;
  return lines.text.slice(start, end - 1).replace(/\r$/, '');
}
