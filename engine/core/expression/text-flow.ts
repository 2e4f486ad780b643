import { parseSyntax } from './parse-syntax.ts';
import { type Reference, referencesOf } from './references.ts';
import { childrenOf, comprehensionOf, type Node, pathOf } from './syntax.ts';

/*
 * Which values an expression reads can show up in the text that it gives. A value that is only
 * compared, counted or encoded does not. What is not recognised counts as showing up: that costs an
 * encoder too many, the other way would be an injection.
 */

/** @param encoder the function whose result is harmless at the place in question; null: there is none */
export function textFlow(expr: string, encoder: string | null): Reference[] {
  const syntax = parseSyntax(expr);
  return syntax.ok ? flow(syntax.parsed.ast, encoder, new Map()) : [];
}

/** Variables of comprehensions, with what the list they walk is made of. */
type Bound = ReadonlyMap<string, readonly Reference[]>;

function flow(node: Node, encoder: string | null, bound: Bound): Reference[] {
  if (pathOf(node)) return raw(node, bound);
  const through = (nodes: readonly Node[]) => nodes.flatMap((each) => flow(each, encoder, bound));
  switch (node.op) {
    case 'value':
    case '!_':
    case '-_':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '&&':
    case '||':
    case '-':
    case '*':
    case '/':
    case '%':
      return [];
    case '+':
    case 'list':
    case 'map':
      return through(childrenOf(node));
    case '?:': {
      const [, then, otherwise] = node.args;
      return through([then, otherwise]);
    }
    case 'call': {
      const [name, args] = node.args;
      if (name === encoder || withoutText.has(name)) return [];
      return passing.has(name) ? through(args) : raw(node, bound);
    }
    case 'rcall':
      return flowOfMethod(node, encoder, bound);
    default:
      return raw(node, bound);
  }
}

function flowOfMethod(
  node: Extract<Node, { op: 'rcall' }>,
  encoder: string | null,
  bound: Bound,
): Reference[] {
  const [name, receiver, args] = node.args;
  if (withoutText.has(name)) return [];
  const comprehension = comprehensionOf(node);
  if (comprehension) {
    const { range, variable, bodies } = comprehension;
    if (name === 'filter') return flow(range, encoder, bound);
    const result = bodies.at(-1);
    return result ? flow(result, encoder, new Map(bound).set(variable, raw(range, bound))) : [];
  }
  // Parts of an encoded text need not be whole codes: only what keeps it in one piece passes.
  if (passing.has(name)) return [receiver, ...args].flatMap((each) => flow(each, encoder, bound));
  return raw(node, bound);
}

/** Every reference below a node. */
function raw(node: Node, bound: Bound): Reference[] {
  return referencesOf(node).flatMap((reference) => bound.get(reference.root) ?? [reference]);
}

/** Numbers, booleans and digests: nothing of the text is left in them. */
const withoutText: ReadonlySet<string> = new Set([
  ...['size', 'has', 'bool', 'int', 'double', 're_match', 'glob', 'cidr_contains', 'sha256', 'now'],
  ...['all', 'exists', 'exists_one', 'startsWith', 'endsWith', 'contains', 'indexOf', 'lastIndexOf'],
  ...['hasValue', 'hex'],
]);

const passing: ReadonlySet<string> = new Set(['string', 'dyn', 'coalesce', 'join', 'orValue', 'or', 'value']);
