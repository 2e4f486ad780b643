import type { Plan, PlanStep } from '../contracts/plan.ts';
import { alertType } from '../expression/alert-type.ts';
import { checkExpression } from '../expression/check-expression.ts';
import { doublesIn } from '../expression/doubles-in.ts';
import { dyn, type TypeEnv, typeFromSchema, type ValueType } from '../expression/value-type.ts';
import { allSteps, everyStep, isLoop, stepAt } from '../run/list-steps.ts';
import { closed, failureType, open, runType } from './name-types.ts';
import { loopFields, outputsOfWait, stepFields } from './step-types.ts';

/*
 * Where the data of a run is double because the playbook declares a `number` (7.4), read off the plan by the
 * rules by which the compiler typed the text. Only what a called playbook gives back is pinned in the plan, with
 * the child (`PlanChild.doubles`). Kept per plan object, since a plan never changes.
 */

interface Body {
  /** What an expression in it sees, as the compiler types it. */
  names: TypeEnv;
  doubles: TypeEnv;
}

const known = new WeakMap<Plan, Map<string, Body>>();

/**
 * The doubles that expressions of a body can see. Names that are not there yet do no harm: the body `run` serves
 * expressions before a run too, and a loop at `path` has its element, which its `key` sees.
 */
export function doublesAt(plan: Plan, body: string, path?: string): TypeEnv {
  const loop = path === undefined ? undefined : stepAt(plan, path);
  return bodyOf(plan, loop !== undefined && isLoop(loop) ? loop.path : body).doubles;
}

function bodyOf(plan: Plan, path: string): Body {
  const bodies = known.get(plan) ?? new Map<string, Body>();
  known.set(plan, bodies);
  const before = bodies.get(path);
  if (before !== undefined) return before;
  const names = namesIn(plan, path);
  const body = { names, doubles: doublesIn(names) };
  bodies.set(path, body);
  return body;
}

function namesIn(plan: Plan, path: string): TypeEnv {
  const loop = stepAt(plan, path);
  // An undo has a body of its own, which sees what the run sees.
  if (loop === undefined || !isLoop(loop)) return namesInRun(plan);
  const outer = bodyOf(plan, path.slice(0, path.lastIndexOf('/'))).names;
  const { steps } = outer;
  const around = steps?.t === 'map' ? steps.fields : {};
  const names = { ...outer, steps: open({ ...around, ...stepTypes(plan, path) }) };
  if (loop.kind === 'repeat') return names;
  const list = checkExpression(loop.list, outer, 'list').type;
  return { ...names, [loop.as]: list.t === 'list' ? list.of : dyn, index: { t: 'int' } };
}

function namesInRun(plan: Plan): TypeEnv {
  const inputs = plan.inputs.map(({ name, schema }) => [name, typeFromSchema(schema)] as const);
  const before = { alert: alertType, inputs: open(Object.fromEntries(inputs)), run: runType };
  return {
    ...before,
    vars: open(varTypes(plan, before)),
    steps: open(stepTypes(plan, 'run')),
    failure: failureType,
  };
}

function varTypes(plan: Plan, before: TypeEnv): { [name: string]: ValueType } {
  // `set` may write a value of another type later: then nothing is certain.
  const changed = new Set(
    everyStep(plan).flatMap((step) => (step.kind === 'set' ? Object.keys(step.values) : [])),
  );
  const types: { [name: string]: ValueType } = {};
  for (const { name, value } of plan.vars) {
    const certain = value.t === 'expr' && !changed.has(name);
    types[name] = certain ? checkExpression(value.expr, { ...before, vars: open({ ...types }) }).type : dyn;
  }
  return types;
}

function stepTypes(plan: Plan, body: string): { [id: string]: ValueType } {
  const types = allSteps(plan, body).map((step) => [step.id, stepType(plan, step)] as const);
  return Object.fromEntries(types);
}

function stepType(plan: Plan, step: PlanStep): ValueType {
  const common = stepFields(outputsType(plan, step));
  return step.kind === 'foreach'
    ? closed({ ...common, ...loopFields(outputsOfBody(plan, step.path)) })
    : closed(common);
}

function outputsType(plan: Plan, step: PlanStep): ValueType {
  switch (step.kind) {
    case 'action':
      return typeFromSchema(step.action.output);
    case 'repeat':
      return closed({ last: outputsOfBody(plan, step.path) });
    case 'call':
      return step.attach ? pinnedDoubles(plan, step.playbook) : dyn;
    case 'wait':
      return outputsOfWait(step.wait.for === 'signal' ? step.wait.type : null);
    default:
      return dyn;
  }
}

/** As `pinChild` wrote them. */
function pinnedDoubles(plan: Plan, playbook: string): ValueType {
  const doubles = plan.children[playbook]?.doubles;
  return doubles === undefined ? dyn : (doubles as ValueType);
}

function outputsOfBody(plan: Plan, body: string): ValueType {
  const outputs = allSteps(plan, body).map((step) => [step.id, outputsType(plan, step)] as const);
  return open(Object.fromEntries(outputs));
}
