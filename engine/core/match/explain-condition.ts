import type { Json } from '../../../schemas/json.ts';
import { copyPath } from '../expression/copy-path.ts';
import { evaluate, type Scope } from '../expression/evaluate.ts';
import { ExpressionError } from '../expression/expression-error.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { referencesOf } from '../expression/references.ts';
import { type Node, spanOf } from '../expression/syntax.ts';

/*
 * Takes a condition apart along its `&&` and `||`, says what each part gives and, for the smallest
 * parts, which values they saw. For people who ask why a trigger did not fire.
 */

export interface ConditionPart {
  /** As the author wrote it. */
  text: string;
  /** Offsets in the condition. */
  start: number;
  end: number;
  result: 'true' | 'false' | 'error';
  /** What went wrong; empty otherwise. */
  message: string;
  /** `all` and `any` have parts of their own. */
  kind: 'all' | 'any' | 'one';
  parts: ConditionPart[];
  /** What a smallest part read, as JSON cut to a readable length. */
  values: { path: string; value: string }[];
}

export function explainCondition(expr: string, scope: Scope): ConditionPart {
  const syntax = parseSyntax(expr);
  if (!syntax.ok) {
    const place = { text: expr, start: 0, end: expr.length };
    return { ...place, result: 'error', message: syntax.problem.message, kind: 'one', parts: [], values: [] };
  }
  return explainNode(syntax.parsed.ast, scope);
}

function explainNode(node: Node, scope: Scope): ConditionPart {
  const place = spanOf(node);
  if (node.op === '&&' || node.op === '||') {
    const kind = node.op === '&&' ? 'all' : 'any';
    const parts = operandsOf(node, node.op).map((each) => explainNode(each, scope));
    return { ...place, result: join(kind, parts), message: '', kind, parts, values: [] };
  }
  const evaluated = evaluate(place.text, scope);
  const outcome = evaluated.ok
    ? { result: evaluated.value === true ? ('true' as const) : ('false' as const), message: '' }
    : { result: 'error' as const, message: evaluated.message };
  return { ...place, ...outcome, kind: 'one', parts: [], values: valuesIn(node, scope) };
}

/** CEL's rule: what decides the result alone also decides it beside a part that fails. */
function join(kind: 'all' | 'any', parts: readonly ConditionPart[]): ConditionPart['result'] {
  const deciding = kind === 'all' ? 'false' : 'true';
  if (parts.some((part) => part.result === deciding)) return deciding;
  if (parts.some((part) => part.result === 'error')) return 'error';
  return kind === 'all' ? 'true' : 'false';
}

/** `a && b && c` is one list of three, however the parser nests it. */
function operandsOf(node: Node, op: '&&' | '||'): Node[] {
  if (node.op !== op) return [node];
  return (node.args as readonly Node[]).flatMap((each) => operandsOf(each, op));
}

const shownMax = 120;

function valuesIn(node: Node, scope: Scope): ConditionPart['values'] {
  const shown = new Map<string, string>();
  for (const { root, path, start, end } of referencesOf(node)) {
    const name = node.input.slice(start, end);
    const value = valueAt(scope, root, path);
    const text = value === undefined ? 'not there' : JSON.stringify(value);
    shown.set(name, text.length > shownMax ? `${text.slice(0, shownMax)}…` : text);
  }
  return [...shown].map(([path, value]) => ({ path, value }));
}

function valueAt(scope: Scope, root: string, path: (string | number)[]): Json | undefined {
  try {
    return copyPath(scope.names, root, path);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}
