import type { Json } from '../../../../schemas/json.ts';
import type { PlanStep } from '../../contracts/plan.ts';
import { comprehensionOf, type Node, pathOf } from '../../expression/syntax.ts';
import { allOf, waysMax } from './combine-ways.ts';
import { nothingToDo, noWay, type Place, schemaAt, type Ways, type Wish } from './place.ts';
import { sampleValue } from './sample-value.ts';
import {
  elementsOf,
  expressionsOfVar,
  parse,
  placeOf,
  presentValue,
  type Sight,
  stepNamed,
} from './sight.ts';
import { solveList, solveSize } from './solve-list.ts';

/*
 * What to choose so that a condition comes to true, or to false. Reads comparisons, membership, `has`,
 * list functions, text tests and their combinations; anything else it leaves. An answer is a proposal:
 * the search plays it, and only what then happened counts.
 */

export function solveText(expr: string, want: boolean, sight: Sight): Ways {
  const node = parse(expr);
  return node === null ? noWay : solve(node, want, sight);
}

export function solve(node: Node, want: boolean, sight: Sight): Ways {
  // What is already so needs nothing, unless it was so by chance of another element.
  const already = sight.locals.size === 0 && presentValue(node, sight) === want ? nothingToDo : noWay;
  return [...already, ...solveNode(node, want, sight)].slice(0, waysMax);
}

function solveNode(node: Node, want: boolean, sight: Sight): Ways {
  switch (node.op) {
    case 'value':
      return node.args === want ? nothingToDo : noWay;
    case '!_':
      return solve(node.args, !want, sight);
    case '&&':
    case '||': {
      const [a, b] = [solve(node.args[0], want, sight), solve(node.args[1], want, sight)];
      return (node.op === '&&') === want ? allOf([a, b]) : [...a, ...b];
    }
    case '?:': {
      const [test, then, otherwise] = node.args;
      return [
        ...allOf([solve(test, true, sight), solve(then, want, sight)]),
        ...allOf([solve(test, false, sight), solve(otherwise, want, sight)]),
      ];
    }
    case '==':
    case '!=':
      return solveEquality(node.args, (node.op === '==') === want, sight);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return solveOrder(node.op, node.args, want, sight);
    case 'in':
      return solveMembership(node.args, want, sight);
    case 'call':
      return solveCall(node.args[0], node.args[1], want, sight);
    case 'rcall':
      return comprehensionOf(node) === undefined
        ? solveMethod(node, want, sight)
        : solveList(node, want, sight);
    default:
      return solveFlag(node, want, sight);
  }
}

function solveEquality([a, b]: readonly [Node, Node], equal: boolean, sight: Sight): Ways {
  return [...oneSide(a, b, equal, sight), ...oneSide(b, a, equal, sight)];
}

function oneSide(chosen: Node, other: Node, equal: boolean, sight: Sight): Ways {
  const value = presentValue(other, sight);
  if (value === undefined) return noWay;
  const status = statusPath(chosen, sight);
  if (status !== null && typeof value === 'string') return solveStatus(status, value, equal, sight);
  const sized = sizedBy(chosen);
  if (sized !== null && typeof value === 'number')
    return (equal ? [value] : [value + 1, value - 1]).flatMap((size) => solveSize(sized, size, sight));
  const place = placeOf(chosen, sight);
  if (place !== null)
    return (equal ? [value] : others(place, value, sight)).map((each) => [set(place, each)]);
  const domain = domainPlace(chosen, sight);
  if (domain !== null && typeof value === 'string')
    return [[set(domain, `someone@${equal ? value : 'other.test'}`)]];
  if (typeof value !== 'boolean') return noWay;
  return solve(chosen, equal ? value : !value, sight);
}

function solveOrder(
  op: '<' | '<=' | '>' | '>=',
  [a, b]: readonly [Node, Node],
  want: boolean,
  sight: Sight,
): Ways {
  const down = (op === '<' || op === '<=') === want;
  const side = (chosen: Node, other: Node, smaller: boolean): Ways => {
    const limit = presentValue(other, sight);
    if (typeof limit !== 'number') return noWay;
    const values = smaller ? [limit - 1, limit, 0] : [limit + 1, limit];
    const sized = sizedBy(chosen);
    if (sized !== null) return values.flatMap((size) => solveSize(sized, size, sight));
    const loop = countedLoop(chosen, sight);
    if (loop !== null && !smaller) return sight.solver.fail(loop, { ...sight, step: loop });
    const place = placeOf(chosen, sight);
    return place === null ? noWay : values.map((value) => [set(place, value)]);
  };
  return [...side(a, b, down), ...side(b, a, !down)];
}

function solveMembership([element, list]: readonly [Node, Node], want: boolean, sight: Sight): Ways {
  const ways: Wish[][] = [];
  const values = presentValue(list, sight);
  const status = statusPath(element, sight);
  if (status !== null && Array.isArray(values)) {
    return values.flatMap((value) =>
      typeof value === 'string' ? solveStatus(status, value, want, sight) : [],
    );
  }
  const place = placeOf(element, sight);
  if (place !== null && Array.isArray(values)) {
    const other = others(place, values[0] ?? 'some', sight).filter((value) => !values.includes(value));
    ways.push(...(want ? values : other).map((value) => [set(place, value)]));
  }
  const domain = domainPlace(element, sight);
  if (domain !== null && Array.isArray(values)) {
    const names = want ? values : ['other.test'];
    ways.push(...names.map((value) => [set(domain, `someone@${String(value)}`)]));
  }
  const value = presentValue(element, sight);
  const elements = elementsOf(list, sight);
  if (value !== undefined && elements !== null && elements.path.at(-1) === null) {
    const whole = { ...elements, path: elements.path.slice(0, -1) };
    if (want) ways.push([{ kind: 'include', place: whole, value }]);
    else ways.push([{ kind: 'size', place: whole, size: 0, inside: [] }]);
  }
  return ways;
}

function solveCall(name: string, args: readonly Node[], want: boolean, sight: Sight): Ways {
  const [subject, pattern] = args;
  if (subject === undefined) return noWay;
  if (name === 'has') {
    const place = placeOf(subject, sight);
    if (place === null) return noWay;
    return want ? [[set(place, sampleValue(schemaAt(place, sight.plan)))]] : [[{ kind: 'remove', place }]];
  }
  const text = pattern === undefined ? undefined : presentValue(pattern, sight);
  const place = placeOf(subject, sight);
  if (name === 'glob' && typeof text === 'string' && place !== null)
    return [[set(place, want ? text.replaceAll('*', 'x') : 'other')]];
  if (name === 'domain_of' || place === null) return noWay;
  return solveFlag(subject, want, sight);
}

function solveMethod(node: Extract<Node, { op: 'rcall' }>, want: boolean, sight: Sight): Ways {
  const [name, subject, args] = node.args;
  const text = args[0] === undefined ? undefined : presentValue(args[0], sight);
  const place = placeOf(subject, sight);
  if (typeof text === 'string' && place !== null) {
    switch (name) {
      case 'startsWith':
        return [[set(place, want ? `${text}other` : `not-${text}`)], [set(place, want ? text : 'other')]];
      case 'endsWith':
      case 'contains':
        return [[set(place, want ? text : 'other')], [set(place, want ? `other${text}` : 'other.test')]];
    }
  }
  if (name === 'hasValue' && place !== null) {
    return want ? [[set(place, sampleValue(schemaAt(place, sight.plan)))]] : [[{ kind: 'remove', place }]];
  }
  return solveFlag(node, want, sight);
}

/** A boolean that can be chosen, or a variable that stands for a condition. */
function solveFlag(node: Node, want: boolean, sight: Sight): Ways {
  const place = placeOf(node, sight);
  if (place !== null) return [[set(place, want)]];
  const path = pathOf(node);
  if (path?.root.name !== 'vars' || path.segments.length !== 1) return noWay;
  return expressionsOfVar(String(path.segments[0]?.key), sight.plan).flatMap((expr) =>
    solveText(expr, want, sight),
  );
}

function solveStatus(
  { id, field }: { id: string; field: 'status' | 'outcome' },
  value: string,
  equal: boolean,
  sight: Sight,
): Ways {
  const step = stepNamed(id, sight);
  if (step === undefined) return noWay;
  const words =
    field === 'status'
      ? ['succeeded', 'failed', 'denied', 'skipped']
      : ['granted', 'denied', 'expired', 'not_asked'];
  return (equal ? [value] : words.filter((word) => word !== value)).flatMap((word) =>
    sight.solver.status(step, word, { ...sight, step, locals: new Map() }),
  );
}

/** `steps.x.status`, `steps.x.approval.outcome`. */
function statusPath(node: Node, sight: Sight): { id: string; field: 'status' | 'outcome' } | null {
  const path = pathOf(node);
  if (path?.root.name !== 'steps' || sight.locals.has('steps')) return null;
  const [id, ...rest] = path.segments.map(({ key }) => String(key));
  if (id === undefined) return null;
  const field = rest.join('.');
  if (field === 'status') return { id, field };
  return field === 'approval.outcome' ? { id, field: 'outcome' } : null;
}

/** The address behind `domain_of(address)`, also when a variable stands for it. */
function domainPlace(node: Node, sight: Sight): Place | null {
  const path = pathOf(node);
  if (path?.root.name === 'vars' && path.segments.length === 1) {
    const found = expressionsOfVar(String(path.segments[0]?.key), sight.plan).map(parse);
    return (
      found.map((each) => (each === null ? null : domainPlace(each, sight))).find((each) => each !== null) ??
      null
    );
  }
  const address = node.op === 'call' && node.args[0] === 'domain_of' ? node.args[1][0] : undefined;
  return address === undefined ? null : placeOf(address, sight);
}

/** `steps.<loop>.summary.failed`: what failed of a loop's items. */
function countedLoop(node: Node, sight: Sight): PlanStep | null {
  const path = pathOf(node);
  const [id, summary, field] = path?.segments.map(({ key }) => key) ?? [];
  if (path?.root.name !== 'steps' || summary !== 'summary' || field !== 'failed') return null;
  return stepNamed(String(id), sight) ?? null;
}

/** The list in `size(list)` and `list.size()`. */
function sizedBy(node: Node): Node | null {
  if (node.op === 'call' && node.args[0] === 'size') return node.args[1][0] ?? null;
  if (node.op === 'rcall' && node.args[0] === 'size') return node.args[1];
  return null;
}

/** Values that are allowed there and are another one. */
function others(place: Place, value: Json, { plan }: Sight): Json[] {
  const schema = schemaAt(place, plan);
  const known = [...listOf(schema?.enum), ...listOf(schema?.examples)].filter((each) => each !== value);
  if (known.length > 0) return known.slice(0, 4);
  switch (typeof value) {
    case 'boolean':
      return [!value];
    case 'number':
      return [value + 1, value - 1];
    case 'string': {
      const sample = sampleValue(schema);
      return [
        ...(typeof sample === 'string' && sample !== value ? [sample] : []),
        value === '' ? 'some' : 'other',
        '',
      ];
    }
    default:
      return [sampleValue(schema)];
  }
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function set(place: Place, value: Json): Wish {
  return { kind: 'set', place, value };
}
