import { nearestName } from '../diagnostics/nearest-name.ts';
import { ExpressionError } from './expression-error.ts';
import { parseCidr } from './functions/cidr-contains.ts';
import { compilePattern, type Pattern } from './functions/compile-pattern.ts';
import { structureLimits } from './limits.ts';
import type { ExpressionProblem } from './problem.ts';
import { childrenOf, comprehensionOf, type Node, sourceOf, spanOf } from './syntax.ts';
import { functionNames, methodNames } from './vocabulary.ts';

/** What the walk over one expression finds; `patterns` holds each `re_match` call with its pattern. */
export interface Inspection {
  problems: ExpressionProblem[];
  patterns: Map<Node, Pattern>;
  hasComprehension: boolean;
}

/**
 * The fences of 7.3 that need the syntax tree: closed vocabulary, no backtracking regular
 * expressions, nesting of comprehensions. Walked at publication and again before each first
 * evaluation, so an expression that reached the engine another way is held to the same rules.
 */
export function findBreaches(root: Node): Inspection {
  const inspection: Inspection = {
    problems: [],
    patterns: new Map(),
    hasComprehension: false,
  };
  visit(root, 0, inspection);
  return inspection;
}

function visit(node: Node, nesting: number, found: Inspection): void {
  if (node.op === 'call') inspectCall(node, node.args[0], node.args[1], found);
  if (node.op === 'rcall') inspectMethod(node, node.args[0], node.args[1], node.args[2], found);
  const comprehension = comprehensionOf(node);
  if (!comprehension) {
    for (const child of childrenOf(node)) visit(child, nesting, found);
    return;
  }
  found.hasComprehension = true;
  if (nesting >= structureLimits.comprehensionNesting) {
    report(found, node, 'compile/expression-too-large', {
      message: `comprehensions are nested more than ${structureLimits.comprehensionNesting} deep`,
      hint: 'collect the inner values in a step of their own',
    });
  }
  visit(comprehension.range, nesting, found);
  for (const body of comprehension.bodies) visit(body, nesting + 1, found);
}

function inspectCall(node: Node, name: string, args: readonly Node[], found: Inspection): void {
  if (!functionNames.has(name)) {
    const nearest = nearestName(name, functionNames);
    report(found, node, 'compile/bad-expression', {
      message: `there is no function "${name}"`,
      ...(nearest ? { hint: `did you mean "${nearest}"?` } : {}),
    });
  }
  if (name === 're_match') inspectPattern(node, args, found);
  const range = args[0];
  if (
    name === 'cidr_contains' &&
    range?.op === 'value' &&
    typeof range.args === 'string' &&
    !parseCidr(range.args)
  ) {
    report(found, range, 'compile/bad-expression', {
      message: `${sourceOf(range)} is not an address range`,
      hint: 'write "10.0.0.0/8" or "2001:db8::/32"',
    });
  }
}

function inspectPattern(node: Node, args: readonly Node[], found: Inspection): void {
  const pattern = args[1];
  if (pattern === undefined) return;
  if (pattern.op !== 'value' || typeof pattern.args !== 'string') {
    report(found, pattern, 'compile/bad-expression', {
      message: 'the pattern of re_match must be literal text',
      hint: 'for a pattern that comes from data use glob(text, pattern)',
    });
    return;
  }
  try {
    found.patterns.set(node, compilePattern(pattern.args));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    report(found, pattern, 'compile/bad-expression', {
      message: `bad pattern: ${error.message}`,
    });
  }
}

function inspectMethod(
  node: Node,
  name: string,
  receiver: Node,
  args: readonly Node[],
  found: Inspection,
): void {
  if (name === 'matches') {
    const text = sourceOf(receiver);
    const [pattern] = args;
    const literal = pattern?.op === 'value' && typeof pattern.args === 'string';
    report(found, node, 'compile/backtracking-regex', {
      message: 'matches() uses a regular expression engine that one long text can stall',
      ...(literal && {
        instead: { ...spanOf(node), text: `re_match(${text}, ${sourceOf(pattern)})` },
      }),
      hint: `write re_match(${text.length <= 60 ? text : 'text'}, ${args[0] ? sourceOf(args[0]) : '"pattern"'})`,
    });
    return;
  }
  if (methodNames.has(name)) return;
  const nearest = nearestName(name, methodNames);
  const asFunction = functionNames.has(name) ? `write ${name}(${sourceOf(receiver)})` : undefined;
  const hint = asFunction ?? (nearest ? `did you mean ".${nearest}()"?` : undefined);
  report(found, node, 'compile/bad-expression', {
    message: `there is no method ".${name}()"`,
    ...(hint ? { hint } : {}),
  });
}

function report(
  found: Inspection,
  node: Node,
  code: ExpressionProblem['code'],
  words: Pick<ExpressionProblem, 'message' | 'hint' | 'instead'>,
): void {
  found.problems.push({ code, start: node.start, end: node.end, ...words });
}
