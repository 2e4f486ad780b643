import { childrenOf, comprehensionOf, type Node, type Path, pathOf } from './syntax.ts';
import { constantNames } from './vocabulary.ts';

/** One use of a name and the constant keys after it, e.g. `steps.asset.outputs.tags`. */
export interface Reference {
  root: string;
  path: (string | number)[];
  /** Of the whole path, in the expression. */
  start: number;
  end: number;
  /** Where each name stands: first the root, then each key of `path`. */
  segments: { start: number; end: number }[];
  /** `isGuarded` for the last key: a test or an operator answers for it if it is missing. */
  guarded: boolean;
  /**
   * From which index of `path` on a missing key does no harm: 1 for `has(a.b.c)` and `a.b.?c`, 0 if a
   * test beside it proves the whole path; null: from none.
   */
  guardedFrom: number | null;
  /** How many keys of `path` a test beside this use has proven to be there: 1 in `has(a.b) && a.b.c == 1`. */
  provenTo: number;
}

/**
 * A path that is there whenever a condition holds. `has` proves its own path; `success`, a step whose
 * status was compared with "succeeded", proves everything that the step always has then.
 */
export interface Proof {
  path: string[];
  by: 'has' | 'success';
}

interface Proofs {
  whenTrue: Proof[];
  whenFalse: Proof[];
}

/** Whether the key at `index` of the path may be missing without this use failing on it. */
export function isGuarded(reference: Reference, index: number): boolean {
  const { guardedFrom, provenTo } = reference;
  return provenTo > index || (guardedFrom !== null && guardedFrom <= index);
}

/** Every use of a name outside the variables of comprehensions, in source order. */
export function referencesOf(root: Node): Reference[] {
  const found: Reference[] = [];
  collect(root, new Set(), [], false, found);
  return found.sort((a, b) => a.start - b.start);
}

/** What is there if the expression is true: for references that stand behind it, in an `if` around them. */
export function proofsWhenTrue(root: Node): Proof[] {
  return proofsOf(root).whenTrue;
}

/** The same as bare paths. `['steps', id]` alone means that the step succeeded. */
export function pathsKnownWhenTrue(root: Node): string[][] {
  return proofsWhenTrue(root).map((proof) => proof.path);
}

function collect(
  node: Node,
  bound: ReadonlySet<string>,
  known: readonly Proof[],
  inHas: boolean,
  found: Reference[],
): void {
  const path = pathOf(node);
  if (path) {
    if (!bound.has(path.root.name) && !constantNames.has(path.root.name)) {
      found.push(referenceOf(node, path, known, inHas));
    }
    return;
  }
  const comprehension = comprehensionOf(node);
  if (comprehension) {
    collect(comprehension.range, bound, known, false, found);
    const inner = new Set([...bound, comprehension.variable]);
    for (const body of comprehension.bodies) collect(body, inner, known, false, found);
    return;
  }
  if (node.op === '&&' || node.op === '||') {
    // Both sides guard each other: CEL answers `false && error` and `error && false` with false.
    const [left, right] = node.args;
    const side = node.op === '&&' ? 'whenTrue' : 'whenFalse';
    collect(left, bound, [...known, ...proofsOf(right)[side]], false, found);
    collect(right, bound, [...known, ...proofsOf(left)[side]], false, found);
    return;
  }
  if (node.op === '?:') {
    const [test, then, otherwise] = node.args;
    const { whenTrue, whenFalse } = proofsOf(test);
    collect(test, bound, known, false, found);
    collect(then, bound, [...known, ...whenTrue], false, found);
    collect(otherwise, bound, [...known, ...whenFalse], false, found);
    return;
  }
  const isHas = node.op === 'call' && node.args[0] === 'has';
  for (const child of childrenOf(node)) collect(child, bound, known, isHas, found);
}

function referenceOf(node: Node, path: Path, known: readonly Proof[], inHas: boolean): Reference {
  const keys = path.segments.map((segment) => segment.key);
  const optional = path.segments.findIndex((segment) => segment.optional);
  const provenTo = Math.max(0, ...known.map((proof) => provenKeys(proof, [path.root.name, ...keys])));
  const proven = provenTo === keys.length && keys.length > 0 ? 0 : -1;
  const from = [optional, inHas ? keys.length - 1 : -1, proven].filter((index) => index >= 0);
  const reference = {
    root: path.root.name,
    path: keys,
    start: path.root.start,
    end: node.end,
    segments: [path.root, ...path.segments].map(({ start, end }) => ({ start, end })),
    guarded: false,
    guardedFrom: from.length > 0 ? Math.min(...from) : null,
    provenTo,
  };
  return { ...reference, guarded: isGuarded(reference, keys.length - 1) };
}

function provenKeys(proof: Proof, names: readonly (string | number)[]): number {
  const holds = proof.path.length <= names.length && proof.path.every((name, i) => name === names[i]);
  if (!holds) return 0;
  return (proof.by === 'success' ? names.length : proof.path.length) - 1;
}

function proofsOf(node: Node): Proofs {
  switch (node.op) {
    case 'call':
      return {
        whenTrue: node.args[0] === 'has' ? provenByHas(node.args[1][0]) : [],
        whenFalse: [],
      };
    case '!_': {
      const { whenTrue, whenFalse } = proofsOf(node.args);
      return { whenTrue: whenFalse, whenFalse: whenTrue };
    }
    case '&&': {
      const [left, right] = node.args;
      return {
        whenTrue: [...proofsOf(left).whenTrue, ...proofsOf(right).whenTrue],
        whenFalse: [],
      };
    }
    case '||': {
      const [left, right] = node.args;
      return {
        whenTrue: [],
        whenFalse: [...proofsOf(left).whenFalse, ...proofsOf(right).whenFalse],
      };
    }
    case '==':
      return { whenTrue: provenBySuccess(node.args), whenFalse: [] };
    case '!=':
      return { whenTrue: [], whenFalse: provenBySuccess(node.args) };
    default:
      return { whenTrue: [], whenFalse: [] };
  }
}

function provenByHas(argument: Node | undefined): Proof[] {
  const path = argument && pathOf(argument);
  if (!path) return [];
  const names = [path.root.name, ...path.segments.map((segment) => segment.key)];
  // A step and its map of outputs are there from the start: only a field of it says that it succeeded.
  if (path.root.name === 'steps' && names.length < 4) return [];
  return names.every((name) => typeof name === 'string') ? [{ path: names, by: 'has' }] : [];
}

/** `steps.x.status == "succeeded"`: a step that succeeded has its outputs. */
function provenBySuccess([left, right]: readonly [Node, Node]): Proof[] {
  const [test, word] = right.op === 'value' ? [left, right] : [right, left];
  const path = pathOf(test);
  const [step, status, ...rest] = path?.segments.map((segment) => segment.key) ?? [];
  const isTest =
    path?.root.name === 'steps' && typeof step === 'string' && status === 'status' && rest.length === 0;
  return isTest && word.op === 'value' && word.args === 'succeeded'
    ? [{ path: ['steps', step], by: 'success' }]
    : [];
}
