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
  if (node.op === 'id') return known(node, typeOfName(node, names, problems));
  const step = segmentOf(node);
  if (step)
    return known(node, stepInto(typeOf(step.from, names, problems), step.segment, step.from, problems));
  const comprehension = comprehensionOf(node);
  if (comprehension) {
    const range = typeOf(comprehension.range, names, problems);
    const inner = new Map(names).set(comprehension.variable, elementOf(range));
    const bodies = comprehension.bodies.map((body) => typeOf(body, inner, problems));
    const name = node.op === 'rcall' ? node.args[0] : '';
    if (name === 'filter') return range.t === 'list' ? range : { t: 'list', of: elementOf(range) };
    return name === 'map' ? { t: 'list', of: bodies.at(-1) ?? dyn } : { t: 'bool' };
  }
  const [first, second] = childrenOf(node).map((child) => typeOf(child, names, problems));
  // A computed index: `list[i]`, `map[key]`.
  if (node.op === '[]' && first && second) return known(node, first.t === 'list' ? first.of : dyn);
  return dyn;
}

function known(node: Node, type: ValueType): ValueType {
  if (!(node.op === 'id' && constantNames.has(node.args))) assumeType(node, type);
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
