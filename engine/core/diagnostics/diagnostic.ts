import { type Code, codes, type Severity } from '../../../schemas/codes.ts';
import type { Fix } from './fix.ts';
import { type Lines, lineOf, placeOf, type Span } from './position.ts';

/*
 * What the author of a playbook is told. Diagnostics are data: collected, sorted and shown all
 * at once. Code, position and path are the contract; the prose may improve.
 */

export interface Diagnostic {
  severity: Severity;
  code: Code;
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 units as editors count. */
  column: number;
  endLine: number;
  /** Exclusive. */
  endColumn: number;
  /** JSON pointer into the file, or the empty text for the whole file. */
  path: string;
  message: string;
  /** The source line it points at, as written. */
  snippet: string;
  /** An earlier place that has to do with it, such as the first definition. */
  seen?: { file: string; line: number; column: number; message: string };
  help?: string;
  /** What `riposte check --fix` would do about it. */
  fix?: DiagnosticFix;
}

export interface DiagnosticFix {
  title: string;
  /** Each replaces a range of the file as it was checked; places count as in the diagnostic. */
  edits: { range: Range; text: string }[];
}

export type Range = Pick<Diagnostic, 'line' | 'column' | 'endLine' | 'endColumn'>;

/** A rule's finding, still in offsets. `toDiagnostic` turns it into what people see. */
export interface Problem {
  code: Code;
  at: Span;
  message: string;
  path?: string;
  seen?: { at: Span; message: string };
  help?: string;
  fix?: Fix;
  /** Default: the catalogue's severity. */
  severity?: Severity;
}

export function toDiagnostic(problem: Problem, file: string, lines: Lines): Diagnostic {
  const range = rangeOf(problem.at, lines);
  const diagnostic: Diagnostic = {
    severity: problem.severity ?? codes[problem.code].severity ?? 'error',
    code: problem.code,
    file,
    ...range,
    path: problem.path ?? '',
    message: problem.message,
    snippet: lineOf(lines, range.line),
  };
  if (problem.seen) {
    diagnostic.seen = { file, ...placeOf(lines, problem.seen.at.start), message: problem.seen.message };
  }
  if (problem.help !== undefined) diagnostic.help = problem.help;
  if (problem.fix !== undefined) {
    const { title, edits } = problem.fix;
    diagnostic.fix = { title, edits: edits.map(({ at, text }) => ({ range: rangeOf(at, lines), text })) };
  }
  return diagnostic;
}

function rangeOf(at: Span, lines: Lines): Range {
  const { line, column } = placeOf(lines, at.start);
  const end = placeOf(lines, Math.max(at.end, at.start));
  return { line, column, endLine: end.line, endColumn: end.column };
}

/** By place, then by code: the same file gives the same list in the same order. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
}

// Not localeCompare: the order must not depend on the machine's language.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
