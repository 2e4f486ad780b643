import { nearestName } from '../diagnostics/nearest-name.ts';
import { assumeType } from './assume-type.ts';
import type { ExpressionProblem } from './problem.ts';
import { childrenOf, comprehensionOf, type Node, type PathSegment, segmentOf, sourceOf } from './syntax.ts';
import { describeType, dyn, type TypeEnv, type ValueType } from './value-type.ts';
import { constantNames } from './vocabulary.ts';

/**
 * Resolves the type of every name, field and index in the tree, hands it to the library's checker
 * and reports names and fields that cannot be there. Whatever it does not know is `dyn`.
 *
 * @returns the type of the whole as far as the data tells it
 */
export function checkTypes(root: Node, types: TypeEnv, problems: ExpressionProblem[]): ValueType {
  const names = new Map(Object.entries(types));
  return typeOf(root, names, problems);
}

function typeOf(node: Node, names: ReadonlyMap<string, ValueType>, problems: ExpressionProblem[]): ValueType {
  if (node.op === 'id') return known(node, typeOfName(node, names, problems), []);
  const step = segmentOf(node);
  if (step) {
    const type = stepInto(typeOf(step.from, names, problems), step.segment, step.from, problems);
    return known(node, type, [step.from]);
  }
  const comprehension = comprehensionOf(node);
  if (comprehension) {
    const range = typeOf(comprehension.range, names, problems);
    const inner = new Map(names).set(comprehension.variable, elementOf(range));
    const bodies = comprehension.bodies.map((body) => typeOf(body, inner, problems));
    const name = node.op === 'rcall' ? node.args[0] : '';
    if (name === 'filter') return range.t === 'list' ? range : { t: 'list', of: elementOf(range) };
    return name === 'map' ? { t: 'list', of: bodies.at(-1) ?? dyn } : { t: 'bool' };
  }
  if (node.op === 'value') return numberType(node.args);
  const [first, second, third] = childrenOf(node).map((child) => typeOf(child, names, problems));
  // A computed index: `list[i]`, `map[key]`.
  if (node.op === '[]' && first && second)
    return known(node, first.t === 'list' ? first.of : dyn, childrenOf(node));
  if (node.op === '?:' && second && third) return either(node.args[1], second, node.args[2], third);
  if (node.op === 'rcall' && node.args[0] === 'orValue' && first?.t === 'optional' && second) {
    const [, receiver, [fallback]] = node.args;
    return fallback === undefined ? dyn : either(receiver, first.of, fallback, second);
  }
  return dyn;
}

/** The library makes `dyn` of an int and a double, and of a map with fields one without; whoever reads it wants to know. */
function either(one: Node, type: ValueType, other: Node, otherType: ValueType): ValueType {
  if (isEmpty(other)) return opened(type);
  return isEmpty(one) ? opened(otherType) : shared(type, otherType);
}

function isEmpty(node: Node): boolean {
  return (node.op === 'list' || node.op === 'map') && node.args.length === 0;
}

function opened(type: ValueType): ValueType {
  if (type.t === 'map') return { ...type, open: true };
  return type.t === 'list' ? type : dyn;
}

function shared(one: ValueType, other: ValueType): ValueType {
  if (one.t === 'map' && other.t === 'map') {
    const both = Object.entries(one.fields).filter(([name]) => Object.hasOwn(other.fields, name));
    const fields = both.map(([name, type]) => [name, shared(type, other.fields[name] ?? dyn)] as const);
    return { t: 'map', fields: Object.fromEntries(fields), open: true };
  }
  if (one.t === 'list' && other.t === 'list') return { t: 'list', of: shared(one.of, other.of) };
  if (isNumber(one) && isNumber(other)) return one.t === 'double' ? one : other;
  return dyn;
}

function isNumber({ t }: ValueType): boolean {
  return t === 'int' || t === 'double';
}

function numberType(value: unknown): ValueType {
  if (typeof value === 'bigint') return { t: 'int' };
  return typeof value === 'number' ? { t: 'double' } : dyn;
}

function known(node: Node, type: ValueType, operands: readonly Node[]): ValueType {
  if (!(node.op === 'id' && constantNames.has(node.args))) assumeType(node, type, operands);
  return type;
}

function typeOfName(
  node: Extract<Node, { op: 'id' }>,
  names: ReadonlyMap<string, ValueType>,
  problems: ExpressionProblem[],
): ValueType {
  const type = names.get(node.args);
  if (type) return type;
  if (!constantNames.has(node.args)) {
    problems.push(unknownName(node, `there is no "${node.args}" here`, nearestName(node.args, names.keys())));
  }
  return dyn;
}

function stepInto(
  type: ValueType,
  segment: PathSegment,
  from: Node,
  problems: ExpressionProblem[],
): ValueType {
  if (type.t === 'optional' || segment.optional) {
    const found = fieldOf(type.t === 'optional' ? type.of : type, segment, from, problems);
    return { t: 'optional', of: found.t === 'optional' ? found.of : found };
  }
  return fieldOf(type, segment, from, problems);
}

function fieldOf(
  type: ValueType,
  segment: PathSegment,
  from: Node,
  problems: ExpressionProblem[],
): ValueType {
  const { key } = segment;
  if (type.t === 'dyn') return dyn;
  if (type.t === 'map') {
    if (typeof key === 'string' && Object.hasOwn(type.fields, key)) return type.fields[key] ?? dyn;
    if (type.open || typeof key !== 'string') return dyn;
    const nearest = nearestName(key, Object.keys(type.fields));
    problems.push(unknownName(segment, `"${key}" is not a field of ${sourceOf(from)}`, nearest));
    return dyn;
  }
  if (type.t === 'list' && typeof key === 'number') return type.of;
  const isList = type.t === 'list';
  problems.push({
    code: 'compile/expression-type',
    start: segment.start,
    end: segment.end,
    message: `${sourceOf(from)} is a ${describeType(type)} and has no field ${JSON.stringify(key)}`,
    ...(isList
      ? {
          hint: `take one element ([0]), or walk them: .exists(x, x.${key} …), .map(x, x.${key})`,
        }
      : {}),
  });
  return dyn;
}

function elementOf(type: ValueType): ValueType {
  if (type.t === 'list') return type.of;
  return type.t === 'map' ? { t: 'string' } : dyn;
}

function unknownName(
  at: { start: number; end: number },
  message: string,
  nearest: string | null,
): ExpressionProblem {
  const { start, end } = at;
  const hint =
    nearest === null ? {} : { hint: `did you mean "${nearest}"?`, instead: { start, end, text: nearest } };
  return {
    code: 'compile/unknown-name',
    start,
    end,
    message,
    ...hint,
  };
}
