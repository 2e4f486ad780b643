import { typeFromEngineName } from './assume-type.ts';
import { checkTypes } from './check-types.ts';
import { findBreaches } from './find-breaches.ts';
import { parseSyntax } from './parse-syntax.ts';
import type { ExpressionProblem } from './problem.ts';
import { type Proof, proofsWhenTrue, type Reference, referencesOf } from './references.ts';
import { describeType, dyn, type TypeEnv, type ValueType } from './value-type.ts';

/*
 * Judges an expression before it ever runs: syntax, limits, vocabulary, names and types. Refuses to
 * know what a step or an input is; the compiler gives the types of the names and reads `references`.
 */

export type WantedType = 'bool' | 'int' | 'number' | 'string' | 'list' | 'map' | 'timestamp';

export interface Checked {
  /** In source order; empty if the expression may be published. */
  problems: ExpressionProblem[];
  /** `dyn` if it is not known or there are problems. */
  type: ValueType;
  references: Reference[];
  /**
   * What is there whenever the expression is true, e.g. all of `steps.asset` for
   * `steps.asset.status == "succeeded"`: an enclosing `if` guards the references inside it.
   */
  provenWhenTrue: Proof[];
}

/**
 * Checks one expression. All problems of names, limits and vocabulary are reported at once; of
 * operand types only the first.
 *
 * @param types what each root name is; a name that is absent is `compile/unknown-name`. A root (or
 *   field) given as `dyn` or an open map is not checked further, so the caller may check it itself.
 * @param want what the place needs; a dynamic result is let through
 */
export function checkExpression(expr: string, types: TypeEnv, want?: WantedType): Checked {
  const syntax = parseSyntax(expr);
  if (!syntax.ok)
    return {
      problems: [syntax.problem],
      type: dyn,
      references: [],
      provenWhenTrue: [],
    };
  const { ast } = syntax.parsed;
  const references = referencesOf(ast);
  const provenWhenTrue = proofsWhenTrue(ast);
  const breaches = findBreaches(ast).problems;
  const problems = [...breaches];
  const dataType = checkTypes(ast, types, problems);
  // The library knows neither our closed vocabulary nor our words for its breach: one message is enough.
  const operands = breaches.length > 0 ? { problem: undefined, type: dyn } : checkOperands(syntax.parsed);
  if (operands.problem) problems.push(operands.problem);
  const type = dataType.t === 'dyn' ? operands.type : dataType;
  if (problems.length === 0) problems.push(...resultProblems(type, want, expr));
  problems.sort((a, b) => a.start - b.start || a.end - b.end);
  return {
    problems,
    type: problems.length > 0 ? dyn : type,
    references,
    provenWhenTrue,
  };
}

type SyntaxOf = Extract<ReturnType<typeof parseSyntax>, { ok: true }>['parsed'];

function checkOperands(parsed: SyntaxOf): {
  problem: ExpressionProblem | undefined;
  type: ValueType;
} {
  const result = parsed.check();
  if (result.valid)
    return {
      problem: undefined,
      type: typeFromEngineName(result.type ?? 'dyn'),
    };
  const { error } = result;
  // The range of a field access begins at the field; the whole operand is what does not fit.
  const start = error?.node?.start ?? error?.range?.start ?? 0;
  const message = error?.summary ?? 'the types do not fit';
  const hint = hintFor(message);
  return {
    problem: {
      code: 'compile/expression-type',
      start,
      end: Math.max(start, error?.range?.end ?? start),
      message,
      ...(hint ? { hint } : {}),
    },
    type: dyn,
  };
}

function hintFor(message: string): string | undefined {
  if (/^no such overload: (string \+ (int|double|bool)|(int|double|bool) \+ string)$/.test(message)) {
    return 'turn the other value into text with string(…)';
  }
  if (/^no such overload: .*\b(string|int|double|bool) [!=]= null$/.test(message)) {
    return 'this value is never null; ask has(…) if it may be absent';
  }
  if (message.includes("'string.join(")) return 'only lists can be joined';
  return undefined;
}

function resultProblems(type: ValueType, want: WantedType | undefined, expr: string): ExpressionProblem[] {
  const place = {
    code: 'compile/expression-type',
    start: 0,
    end: expr.length,
  } as const;
  if (type.t === 'optional') {
    return [
      {
        ...place,
        message: 'the value may be absent',
        hint: 'end with .orValue(…) or use coalesce(…)',
      },
    ];
  }
  if (type.t === 'bytes') {
    return [
      {
        ...place,
        message: 'bytes are not JSON',
        hint: 'use .base64() or .hex()',
      },
    ];
  }
  if (want === undefined || satisfies(type, want)) return [];
  return [
    {
      ...place,
      message: `a ${want} is needed here, this is a ${describeType(type)}`,
    },
  ];
}

function satisfies(type: ValueType, want: WantedType): boolean {
  if (type.t === 'dyn') return true;
  return want === 'number' ? type.t === 'int' || type.t === 'double' : type.t === want;
}
