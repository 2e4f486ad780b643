import type { DiagnosticFix } from './diagnostic.ts';
import { indexLines, offsetOf } from './position.ts';

export interface FixedText {
  text: string;
  /** Those that were applied; the others touch the same characters and have to wait for another round. */
  applied: readonly DiagnosticFix[];
}

/** Applies fixes to the text they were made for, earlier ones first. Nothing else of the text moves. */
export function applyFixes(text: string, fixes: readonly DiagnosticFix[]): FixedText {
  const lines = indexLines(text);
  const taken: { start: number; end: number; text: string }[] = [];
  const applied: DiagnosticFix[] = [];
  for (const fix of fixes) {
    const edits = fix.edits.map(({ range, text: replacement }) => ({
      start: offsetOf(lines, range.line, range.column),
      end: offsetOf(lines, range.endLine, range.endColumn),
      text: replacement,
    }));
    if (edits.some((edit) => taken.some((other) => touches(edit, other)))) continue;
    taken.push(...edits);
    applied.push(fix);
  }
  const inOrder = taken.sort((a, b) => b.start - a.start);
  const fixed = inOrder.reduce((so, edit) => so.slice(0, edit.start) + edit.text + so.slice(edit.end), text);
  return { text: fixed, applied };
}

// Two insertions at one place touch too: which comes first would be a matter of luck.
function touches(a: { start: number; end: number }, b: { start: number; end: number }): boolean {
  return a.start <= b.end && b.start <= a.end;
}
