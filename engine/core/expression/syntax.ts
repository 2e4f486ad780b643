import type { ASTNode } from '@marcbachmann/cel-js';

/*
 * Reading the library's syntax tree: which nodes lie below a node, which of them is a plain path
 * into the data, and which binds a variable. Everything here uses the documented tree only.
 */
export type Node = ASTNode;

export function childrenOf(node: Node): readonly Node[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

export interface Comprehension {
  /** The list or map that is walked. */
  range: Node;
  variable: string;
  /** Evaluated once per item: the predicate, or filter and transform. */
  bodies: readonly Node[];
}

const comprehensionArity: { [name: string]: readonly number[] } = {
  all: [2],
  exists: [2],
  exists_one: [2],
  filter: [2],
  map: [2, 3],
};

/** `list.map(x, …)` and its kin; undefined for anything else. */
export function comprehensionOf(node: Node): Comprehension | undefined {
  if (node.op !== 'rcall') return undefined;
  const [name, range, [variable, ...bodies]] = node.args;
  const arities = Object.hasOwn(comprehensionArity, name) ? comprehensionArity[name] : undefined;
  if (variable?.op !== 'id' || !arities?.includes(bodies.length + 1)) return undefined;
  return { range, variable: variable.args, bodies };
}

export interface PathSegment {
  key: string | number;
  optional: boolean;
  start: number;
  end: number;
}

export interface Path {
  root: { name: string; start: number; end: number };
  segments: PathSegment[];
}

/** `a.b[0]["c"].?d`: a name followed by constant keys only. */
export function pathOf(node: Node): Path | undefined {
  const segments: PathSegment[] = [];
  let at: Node = node;
  while (at.op !== 'id') {
    const step = segmentOf(at);
    if (!step) return undefined;
    segments.unshift(step.segment);
    at = step.from;
  }
  return { root: { name: at.args, start: at.start, end: at.end }, segments };
}

export function segmentOf(node: Node): { segment: PathSegment; from: Node } | undefined {
  switch (node.op) {
    case '.':
    case '.?': {
      const [from, key] = node.args;
      return {
        segment: {
          key,
          optional: node.op === '.?',
          start: node.pos,
          end: node.end,
        },
        from,
      };
    }
    case '[]':
    case '[?]': {
      const [from, index] = node.args;
      const key = index.op === 'value' ? constantKey(index.args) : undefined;
      if (key === undefined) return undefined;
      return {
        segment: {
          key,
          optional: node.op === '[?]',
          start: index.start,
          end: index.end,
        },
        from,
      };
    }
    default:
      return undefined;
  }
}

function constantKey(value: unknown): string | number | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

/** The part of the source a node stands for. */
export function sourceOf(node: Node): string {
  return spanOf(node).text;
}

/** The library's start and end of a node leave out brackets around its first and its last operand. */
export function spanOf(node: Node): { text: string; start: number; end: number } {
  const { input } = node;
  let { start, end } = node;
  let { opened, closed } = unpaired(input.slice(start, end));
  while (closed > 0 && start > 0 && /[\s(]/.test(input[start - 1] ?? '')) {
    start -= 1;
    if (input[start] === '(') closed -= 1;
  }
  while (opened > 0 && /[\s)]/.test(input[end] ?? '')) {
    if (input[end] === ')') opened -= 1;
    end += 1;
  }
  return { text: input.slice(start, end), start, end };
}

/** Brackets outside of quoted texts that have no partner. */
function unpaired(text: string): { opened: number; closed: number } {
  let opened = 0;
  let closed = 0;
  for (const [piece] of text.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[()]/g)) {
    if (piece === '(') opened += 1;
    else if (piece === ')' && opened > 0) opened -= 1;
    else if (piece === ')') closed += 1;
  }
  return { opened, closed };
}
