import { comprehensionOf, type Node, pathOf } from '../../expression/syntax.ts';
import { allOf } from './combine-ways.ts';
import { type Key, noWay, type Place, type Ways } from './place.ts';
import { elementsOf, inlinedList, parse, presentValue, type Sight, withLocal } from './sight.ts';

/** Conditions over lists, and lists of a certain size. */
export function solveList(node: Node, want: boolean, sight: Sight): Ways {
  const walked = comprehensionOf(node);
  if (walked === undefined || node.op !== 'rcall') return noWay;
  const [body] = walked.bodies;
  const [name] = node.args;
  if (body === undefined || (name !== 'exists' && name !== 'all' && name !== 'exists_one')) return noWay;
  const elements = elementsOf(walked.range, sight);
  // `exists` that holds and `all` that does not need one element that says so.
  const positive = name !== 'all';
  if (elements === null) return overKnown(walked.range, walked.variable, body, positive, want, sight);
  const inner = withLocal(sight, walked.variable, { place: elements });
  const told = sight.solver.solve(body, want, inner);
  const empty = solveSize(walked.range, 0, sight);
  return positive === want ? allOf([solveSize(walked.range, 1, sight), told]) : [...empty, ...told];
}

/** The list is what it is; something else in the condition can be chosen. */
function overKnown(
  range: Node,
  variable: string,
  body: Node,
  positive: boolean,
  want: boolean,
  sight: Sight,
): Ways {
  const values = presentValue(range, sight);
  if (!Array.isArray(values)) return noWay;
  const each = values.map((value) => sight.solver.solve(body, want, withLocal(sight, variable, { value })));
  return positive === want ? each.flat() : allOf(each.slice(0, 8));
}

/** Ways to give a list so many elements. A filter's elements must also pass it. */
export function solveSize(list: Node, size: number, sight: Sight, inside: readonly Key[] = []): Ways {
  if (size < 0) return noWay;
  const walked = comprehensionOf(list);
  if (walked !== undefined && list.op === 'rcall') {
    const [body] = walked.bodies;
    const elements = elementsOf(walked.range, sight);
    if (body === undefined || elements === null) return noWay;
    if (list.args[0] === 'map') return solveSize(walked.range, size, sight, pathIn(body, walked.variable));
    if (list.args[0] !== 'filter') return noWay;
    const inner = withLocal(sight, walked.variable, { place: elements });
    const sized = solveSize(walked.range, size, sight, inside);
    return size === 0
      ? [...sized, ...sight.solver.solve(body, false, inner)]
      : allOf([sized, sight.solver.solve(body, true, inner)]);
  }
  const inlined = inlinedList(list, sight);
  if (inlined !== null) return solveSize(inlined, size, sight, inside);
  const elements = elementsOf(list, sight);
  const place = elements === null ? null : wholeOf(elements);
  return place === null ? noWay : [[{ kind: 'size', place, size, inside }]];
}

function wholeOf(elements: Place): Place | null {
  const at = elements.path.lastIndexOf(null);
  return at === -1 ? null : { ...elements, path: elements.path.slice(0, at) };
}

function pathIn(body: Node, variable: string): Key[] {
  const path = pathOf(body);
  return path?.root.name === variable ? path.segments.map(({ key }) => key) : [];
}

/** What tells the elements of a loop's list apart: its `key`, below the element. */
export function keyWithin(key: string | null, as: string): Key[] {
  const node = key === null ? null : parse(key);
  return node === null ? [] : pathIn(node, as);
}
