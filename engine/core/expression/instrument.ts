import type { Pattern } from './functions/compile-pattern.ts';
import { evenDuration } from './functions/strict-conversions.ts';
import type { Meter } from './meter.ts';
import { replacementFor } from './replaced-calls.ts';
import { childrenOf, comprehensionOf, type Node } from './syntax.ts';

/*
 * The library has no hook for counting, but it evaluates every node through the node's own method
 * `evaluate(evaluator, node, context)`, and a comprehension evaluates the very node that stands in
 * the tree once per item. Putting our method in front of that one therefore counts exactly. The
 * name is undocumented; `tests/expression/fences.test.ts` fails if a new version stops calling it.
 */
interface Evaluator {
  run(node: Node, context: unknown): unknown;
}

type Evaluate = (this: Node, evaluator: Evaluator, node: Node, context: unknown) => unknown;

/** Makes the tree charge `meter` while it is evaluated, and evaluate the replaced calls our way. */
export function instrument(root: Node, meter: Meter, patterns: ReadonlyMap<Node, Pattern>): void {
  const visit = (node: Node, before: (() => void) | undefined, after: (value: unknown) => void) => {
    const search = searchOf(node, meter);
    const start = () => {
      before?.();
      search?.reset();
    };
    wrap(node, start, after, meter, replacementFor(node, meter, patterns));
    // A filter or predicate runs once per item; the transform of a three-part map only for the items kept.
    const perItem = comprehensionOf(node)?.bodies[0];
    for (const child of childrenOf(node)) {
      const step = child === perItem ? () => meter.step() : undefined;
      visit(child, step, search?.read ?? chargeFor(node, child, meter));
    }
  };
  visit(root, undefined, () => {});
}

// Characters × characters that cost one unit. The native searches compare 0.1 to 0.3 ns per pair,
// our own loop about 2 ns.
const searchRates: { [name: string]: number } = {
  contains: 512,
  indexOf: 512,
  lastIndexOf: 512,
  split: 512,
  glob: 32,
};

/**
 * Searching one text in another is quadratic for texts made for it: 20,000 characters in 500,000
 * took the native `lastIndexOf` 2.7 s. Both texts may come from an alert, so the product of their
 * lengths is charged as soon as both are known, before the search begins.
 */
function searchOf(
  node: Node,
  meter: Meter,
): { reset: () => void; read: (value: unknown) => void } | undefined {
  const name = node.op === 'call' || node.op === 'rcall' ? node.args[0] : '';
  const rate = Object.hasOwn(searchRates, name) ? searchRates[name] : undefined;
  if (rate === undefined) return undefined;
  let pairs: number | null = null;
  return {
    reset: () => {
      pairs = null;
    },
    read: (value) => {
      if (typeof value !== 'string') return;
      meter.charge(value.length / 64);
      if (pairs === null) pairs = value.length;
      else meter.charge((pairs * value.length) / rate);
    },
  };
}

function wrap(
  node: Node,
  before: () => void,
  after: (value: unknown) => void,
  meter: Meter,
  replacement: ReturnType<typeof replacementFor>,
): void {
  let inner: Evaluate = evaluateOf(node);
  let settling = false;
  const makes = node.op === '+' || node.op === 'call' || node.op === 'rcall' || node.op === 'list';
  const counted: Evaluate = (evaluator, ast, context) => {
    before();
    meter.charge(1);
    const value = replacement
      ? replacement((child) => evaluator.run(child, context))
      : settled(node, inner.call(node, evaluator, ast, context));
    if (makes) meter.chargeSize(value);
    after(value);
    return value;
  };
  // On its first run a node replaces its method by the final one and calls that at once, through
  // the property. The setter keeps the final one behind the counter; the getter lets that one call through.
  Object.defineProperty(node, 'evaluate', {
    configurable: true,
    get: () => {
      if (!settling) return counted;
      settling = false;
      return inner;
    },
    set: (final: Evaluate) => {
      inner = final;
      settling = true;
    },
  });
}

function settled(node: Node, value: unknown): unknown {
  return node.op === '-' ? evenDuration(value) : value;
}

/** What the parent is about to do with the value of `child`. */
function chargeFor(parent: Node, child: Node, meter: Meter): (value: unknown) => void {
  const readsAll =
    parent.op === '==' || parent.op === '!=' || (parent.op === 'call' && parent.args[0] === 'to_json');
  if (readsAll) return (value) => meter.chargeDeep(value);
  if (parent.op === 'in') {
    // A key is looked up in a map but compared with every item of a list.
    return (value) =>
      child === parent.args[1] && !Array.isArray(value) ? undefined : meter.chargeDeep(value);
  }
  const readsText = parent.op === 'call' || parent.op === 'rcall' || parent.op === '<' || parent.op === '>';
  return readsText || parent.op === '<=' || parent.op === '>='
    ? (value) => (typeof value === 'string' ? meter.chargeSize(value) : undefined)
    : () => {};
}

function evaluateOf(node: Node): Evaluate {
  const method: unknown = Reflect.get(node, 'evaluate');
  if (!isEvaluate(method)) throw new Error('the expression library no longer evaluates through its nodes');
  return method;
}

function isEvaluate(value: unknown): value is Evaluate {
  return typeof value === 'function';
}
