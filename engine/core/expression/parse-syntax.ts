import { type ParseError, ParseError as ParseErrorClass, type ParseResult } from '@marcbachmann/cel-js';

import { language } from './language.ts';
import { structureLimits } from './limits.ts';
import type { ExpressionProblem } from './problem.ts';

export type Parsed = { ok: true; parsed: ParseResult } | { ok: false; problem: ExpressionProblem };

/** Text to syntax tree, within the limits of text, nodes, depth and literals. */
export function parseSyntax(expr: string): Parsed {
  if (expr.length > structureLimits.characters) {
    return failed('compile/expression-too-large', structureLimits.characters, expr.length, {
      message: `the expression has ${expr.length} characters, at most ${structureLimits.characters} are allowed`,
    });
  }
  try {
    return { ok: true, parsed: language.parse(expr) };
  } catch (error) {
    if (error instanceof ParseErrorClass) return { ok: false, problem: problemOf(error, expr) };
    throw error;
  }
}

function problemOf(error: ParseError, expr: string): ExpressionProblem {
  const start = Math.min(error.range?.start ?? 0, expr.length);
  const end = Math.max(start, Math.min(error.range?.end ?? start, expr.length));
  const code = error.code === 'limit_exceeded' ? 'compile/expression-too-large' : 'compile/bad-expression';
  const hint = hintFor(error, expr, start);
  return {
    code,
    start,
    end,
    message: error.summary,
    ...(hint ? { hint } : {}),
  };
}

/** Habits from other languages. */
function hintFor(error: ParseError, expr: string, start: number): string | undefined {
  const from = expr.slice(start);
  if (expr.trim() === '') return 'write an expression';
  if (error.code === 'unexpected_character') {
    if (from.startsWith('=')) return 'compare with "=="';
    if (from.startsWith('&')) return 'write "&&"';
    if (from.startsWith('|')) return 'write "||"; there are no filters';
    if (from.startsWith('{') || from.startsWith('$')) return 'leave out "${{ }}" inside an expression';
    if (/^(and|or|not|is)\b/.test(from)) return 'write "&&", "||", "!" or "=="';
  }
  return undefined;
}

function failed(
  code: ExpressionProblem['code'],
  start: number,
  end: number,
  words: { message: string },
): Parsed {
  return { ok: false, problem: { code, start, end, ...words } };
}
