import { findBreaches } from './find-breaches.ts';
import { instrument } from './instrument.ts';
import { Meter } from './meter.ts';
import { parseSyntax } from './parse-syntax.ts';
import type { ExpressionProblem } from './problem.ts';
import { type Reference, referencesOf } from './references.ts';
import { pathOf } from './syntax.ts';
import { constantNames } from './vocabulary.ts';

/** An expression ready to be evaluated any number of times. */
export interface Program {
  references: Reference[];
  /** Set if the whole expression is a path into the data (T8). */
  path: { root: string; keys: (string | number)[] } | null;
  meter: Meter;
  /** False if the library keeps the last data alive inside the tree: comprehensions remember their list. */
  cacheable: boolean;
  run(data: Map<string, unknown>): unknown;
}

export function parseProgram(
  expr: string,
): { ok: true; program: Program } | { ok: false; problem: ExpressionProblem } {
  const syntax = parseSyntax(expr);
  if (!syntax.ok) return syntax;
  const { parsed } = syntax;
  const { problems, patterns, hasComprehension } = findBreaches(parsed.ast);
  const [problem] = problems;
  if (problem) return { ok: false, problem };
  const meter = new Meter();
  const program = {
    references: referencesOf(parsed.ast),
    path: purePath(parsed.ast),
    meter,
    cacheable: !hasComprehension,
    // The declared context type is an object; a Map is read through `get` alone, so no name is inherited.
    run: (data: Map<string, unknown>): unknown => parsed(data as unknown as { [name: string]: unknown }),
  };
  instrument(parsed.ast, meter, patterns);
  return { ok: true, program };
}

function purePath(ast: Parameters<typeof pathOf>[0]): Program['path'] {
  const path = pathOf(ast);
  if (!path || constantNames.has(path.root.name) || path.segments.some((segment) => segment.optional))
    return null;
  return {
    root: path.root.name,
    keys: path.segments.map((segment) => segment.key),
  };
}
