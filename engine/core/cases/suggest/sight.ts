import type { Json, JsonObject } from '../../../../schemas/json.ts';
import type { ActionStep, Plan, PlanStep, WaitStep } from '../../contracts/plan.ts';
import type { Template } from '../../contracts/template.ts';
import { evaluate } from '../../expression/evaluate.ts';
import { parseSyntax } from '../../expression/parse-syntax.ts';
import { comprehensionOf, type Node, type Path, pathOf, sourceOf } from '../../expression/syntax.ts';
import { toPlainJson } from '../../expression/to-plain-json.ts';
import type { TypeEnv } from '../../expression/value-type.ts';
import { everyStep } from '../../run/list-steps.ts';
import type { LoadedPlan } from '../loaded-plan.ts';
import { below, type Key, type Place, type Ways } from './place.ts';

/*
 * What an expression at one place of a plan reads, traced back to what a case can say: through
 * variables, loop variables, list functions and the arguments of an action. What cannot be traced back
 * is null, and only its present value is known.
 */
export interface Sight {
  solver: Solver;
  plan: Plan;
  children: { readonly [playbookId: string]: LoadedPlan };
  /** The step whose expression it is; null for a trigger's. */
  step: PlanStep | null;
  /** Of a guard: the action that it judges. */
  guarded: ActionStep | null;
  /** Of a wait's `match`. */
  waiting: WaitStep | null;
  /** Names at the end of a run that passed here, for what is only read. */
  names: JsonObject;
  /** Where they are double by what the playbook declares. */
  types: TypeEnv;
  nowMs: number;
  /** Variables of list functions: an element of a list that can be chosen, or a value that cannot. */
  locals: ReadonlyMap<string, { place: Place } | { value: Json }>;
}

export interface Solver {
  solve(node: Node, want: boolean, sight: Sight): Ways;
  status(step: PlanStep, status: string, sight: Sight): Ways;
  fail(step: PlanStep, sight: Sight): Ways;
}

export function parse(expr: string): Node | null {
  const syntax = parseSyntax(expr);
  return syntax.ok ? syntax.parsed.ast : null;
}

export function withLocal(sight: Sight, name: string, local: { place: Place } | { value: Json }): Sight {
  return { ...sight, locals: new Map([...sight.locals, [name, local]]) };
}

/** The value as it is now; undefined when it has none. */
export function presentValue(node: Node, sight: Sight): Json | undefined {
  const path = pathOf(node);
  const local = path === undefined ? undefined : sight.locals.get(path.root.name);
  if (path !== undefined && local !== undefined && 'value' in local)
    return path.segments.length === 0 ? local.value : undefined;
  if (node.op === 'value') {
    const plain = toPlainJson(node.args);
    return plain as Json;
  }
  const constants = [...sight.locals].flatMap(([name, each]) =>
    'value' in each ? [[name, each.value]] : [],
  );
  const names = { ...sight.names, ...Object.fromEntries(constants) } as JsonObject;
  const result = evaluate(sourceOf(node), { names, nowMs: sight.nowMs, types: sight.types });
  return result.ok ? result.value : undefined;
}

/** Calls that give their first operand back, more or less. */
const transparent = new Set([
  'coalesce',
  'lower',
  'string',
  'dyn',
  'orValue',
  'or',
  'value',
  'lowerAscii',
  'trim',
  'of',
]);

/** Where the value of an expression comes from. */
export function placeOf(node: Node, sight: Sight): Place | null {
  const path = pathOf(node);
  if (path !== undefined) return placeOfPath(path, sight);
  if (node.op === '[]' || node.op === '[?]') {
    const elements = elementsOf(node.args[0], sight);
    return elements;
  }
  if (node.op === '.' || node.op === '.?') {
    const from = placeOf(node.args[0], sight);
    return from === null ? null : below(from, [node.args[1]]);
  }
  const operand = operandOf(node);
  return operand === null ? null : placeOf(operand, sight);
}

function operandOf(node: Node): Node | null {
  if (node.op === 'call' && transparent.has(node.args[0])) return node.args[1][0] ?? null;
  if (node.op === 'rcall' && transparent.has(node.args[0])) {
    const [name, receiver, args] = node.args;
    return name === 'of' ? (args[0] ?? null) : receiver;
  }
  return null;
}

/** Where the elements of a list come from. */
export function elementsOf(node: Node, sight: Sight): Place | null {
  const walked = comprehensionOf(node);
  if (walked !== undefined && node.op === 'rcall') {
    const elements = elementsOf(walked.range, sight);
    if (elements === null || node.args[0] === 'filter') return elements;
    const [body] = walked.bodies;
    if (node.args[0] !== 'map' || body === undefined) return null;
    return placeOf(body, withLocal(sight, walked.variable, { place: elements }));
  }
  const inlined = inlinedList(node, sight);
  if (inlined !== null) return elementsOf(inlined, sight);
  const place = placeOf(node, sight);
  return place === null ? null : below(place, [null]);
}

/** A variable that is itself a list function over something else. */
export function inlinedList(node: Node, sight: Sight): Node | null {
  const path = pathOf(node);
  if (path?.root.name !== 'vars' || path.segments.length !== 1) return null;
  for (const expr of expressionsOfVar(String(path.segments[0]?.key), sight.plan)) {
    const parsed = parse(expr);
    if (parsed !== null && comprehensionOf(parsed) !== undefined) return parsed;
  }
  return null;
}

/** What a variable is set to, last first: a `set` counts more than where it began. */
export function expressionsOfVar(name: string, plan: Plan): string[] {
  const templates: Template[] = [];
  for (const each of plan.vars) if (each.name === name) templates.push(each.value);
  for (const step of everyStep(plan)) {
    const value = step.kind === 'set' ? step.values[name] : undefined;
    if (value !== undefined) templates.push(value);
  }
  return templates.toReversed().flatMap((template) => (template.t === 'expr' ? [template.expr] : []));
}

function placeOfPath(path: Path, sight: Sight): Place | null {
  const keys = path.segments.map(({ key }): Key => (typeof key === 'number' ? null : key));
  const local = sight.locals.get(path.root.name);
  if (local !== undefined) return 'place' in local ? below(local.place, keys) : null;
  const [first, second, ...rest] = keys;
  switch (path.root.name) {
    case 'inputs':
      return typeof first === 'string' ? { of: 'input', name: first, path: keys.slice(1) } : null;
    case 'alert':
      return { of: 'alert', path: keys };
    case 'signal':
      return sight.waiting === null ? null : { of: 'signal', step: sight.waiting, path: keys };
    case 'steps':
      return typeof first === 'string' && second === 'outputs' ? placeOfOutput(first, rest, sight) : null;
    case 'vars':
      return typeof first === 'string' ? placeOfVar(first, keys.slice(1), sight) : null;
    case 'guard':
      return sight.guarded === null ? null : placeOfGuarded(sight.guarded, keys, sight);
    default:
      return placeOfElement(path.root.name, keys, sight);
  }
}

function placeOfOutput(id: string, path: readonly Key[], sight: Sight): Place | null {
  const step = stepNamed(id, sight);
  if (step?.kind === 'action') return { of: 'answer', step, path };
  if (step?.kind === 'wait' && path[0] === 'signal') return { of: 'signal', step, path: path.slice(1) };
  return null;
}

function placeOfVar(name: string, path: readonly Key[], sight: Sight): Place | null {
  for (const expr of expressionsOfVar(name, sight.plan)) {
    const parsed = parse(expr);
    const place = parsed === null ? null : placeOf(parsed, sight);
    if (place !== null) return below(place, path);
  }
  return null;
}

/** A fact about the target was told by whoever looked it up; an argument stands in the step's `with`. */
function placeOfGuarded(step: ActionStep, keys: readonly Key[], sight: Sight): Place | null {
  const [part, name, ...rest] = keys;
  if (part === 'target' && typeof name === 'string') {
    for (const each of everyStep(sight.plan)) {
      const output = each.kind === 'action' ? each.action.facts[name] : undefined;
      if (each.kind === 'action' && output !== undefined)
        return { of: 'answer', step: each, path: [output, ...rest] };
    }
  }
  const template = part === 'arguments' && typeof name === 'string' ? step.with[name] : undefined;
  const parsed = template?.t === 'expr' ? parse(template.expr) : null;
  const place = parsed === null ? null : placeOf(parsed, sight);
  return place === null ? null : below(place, rest);
}

function placeOfElement(name: string, keys: readonly Key[], sight: Sight): Place | null {
  const loop = loopNamed(name, sight);
  const list = loop === undefined ? null : parse(loop.list);
  const elements = list === null || loop === undefined ? null : elementsOf(list, { ...sight, step: loop });
  return elements === null ? null : below(elements, keys);
}

function loopNamed(name: string, { plan, step }: Sight) {
  const around = everyStep(plan).filter(
    (each) => each.kind === 'foreach' && each.as === name && step?.path.startsWith(`${each.path}/`),
  );
  const innermost = around.at(-1);
  return innermost?.kind === 'foreach' ? innermost : undefined;
}

/** The step that an id means here: the nearest one of that name. */
export function stepNamed(id: string, { plan, step }: Sight): PlanStep | undefined {
  const named = everyStep(plan).filter((each) => each.id === id);
  const shared = ({ path }: PlanStep) => {
    const parts = path.split('/');
    const own = step?.path.split('/') ?? [];
    const differ = parts.findIndex((part, index) => part !== own[index]);
    return differ === -1 ? parts.length : differ;
  };
  return named.sort((a, b) => shared(b) - shared(a))[0];
}
