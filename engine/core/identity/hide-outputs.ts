import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import type { Plan, PlanStep } from '../contracts/plan.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { referencesOf } from '../expression/references.ts';
import { allSteps, everyStep, isLoop, stepAt } from '../run/list-steps.ts';
import { planPathOf } from '../run/scope-path.ts';
import { masked, maskValues } from './mask-values.ts';

/*
 * What a playbook hides of its steps' outputs (`mask`, language reference 4.2), from everybody who reads a run and
 * wherever the engine itself puts them: with the step, in the results of the loops around it, in the elements that
 * a loop takes from them. The run goes on with the values as they are; what an expression of the author makes of
 * them elsewhere is the author's word. Refuses to know who asks.
 */

export function hidesOutputs(plan: Plan): boolean {
  return everyStep(plan).some((step) => step.kind === 'action' && step.mask.length > 0);
}

/** @param path of the step in the run */
export function hideOutputs(plan: Plan, path: string, outputs: Json): Json {
  const step = stepAt(plan, planPathOf(path));
  return step === undefined ? outputs : hideIn(plan, step, outputs);
}

function hideIn(plan: Plan, step: PlanStep, outputs: Json): Json {
  if (!isJsonObject(outputs)) return outputs;
  switch (step.kind) {
    case 'action':
      return mapFields(outputs, (name, value) => (step.mask.includes(name) ? maskValues(value) : value));
    case 'foreach':
      return mapFields(outputs, (name, value) =>
        name === 'items' && Array.isArray(value)
          ? value.map((item) => hideInResult(plan, step, item))
          : value,
      );
    case 'repeat':
      return mapFields(outputs, (name, value) => (name === 'last' ? hideInBody(plan, step, value) : value));
    default:
      return outputs;
  }
}

function hideInResult(plan: Plan, loop: PlanStep, item: Json): Json {
  if (!isJsonObject(item)) return item;
  return mapFields(item, (name, value) => (name === 'outputs' ? hideInBody(plan, loop, value) : value));
}

/** Outputs by the id of their step, as a scope gives them to its loop. */
function hideInBody(plan: Plan, loop: PlanStep, outputs: Json): Json {
  if (!isJsonObject(outputs)) return outputs;
  const inside = new Map(allSteps(plan, loop.path).map((step) => [step.id, step]));
  return mapFields(outputs, (id, value) => {
    const step = inside.get(id);
    return step === undefined ? value : hideIn(plan, step, value);
  });
}

/** What a loop handed to one of its items. @param path of the loop in the run */
export function hideElement(plan: Plan, path: string, value: Json): Json {
  const loop = stepAt(plan, planPathOf(path));
  return loop?.kind === 'foreach' && value !== null && walksHidden(plan, loop.path) ? masked : value;
}

function walksHidden(plan: Plan, path: string): boolean {
  const loop = stepAt(plan, path);
  const syntax = loop?.kind === 'foreach' ? parseSyntax(loop.list) : null;
  if (syntax === null || !syntax.ok) return false;
  const around = loopsAround(plan, path);
  const seen = ['run', ...around].flatMap((body) => allSteps(plan, body));
  return referencesOf(syntax.parsed.ast).some(({ root, path: keys }) => {
    if (root !== 'steps')
      return around.some((outer) => elementName(plan, outer) === root && walksHidden(plan, outer));
    const [id, field, name] = keys;
    const step = seen.find((each) => each.id === id);
    if (step?.kind === 'action')
      return step.mask.some(
        (each) => field === undefined || (field === 'outputs' && (name ?? each) === each),
      );
    // Results of a loop: which of their fields ends up in an element is not looked at.
    return step !== undefined && isLoop(step) && hidesInside(plan, step.path) && field !== 'status';
  });
}

function hidesInside(plan: Plan, body: string): boolean {
  return allSteps(plan, body).some((step) =>
    step.kind === 'action' ? step.mask.length > 0 : isLoop(step) && hidesInside(plan, step.path),
  );
}

/** Plan paths of the loops around one, the innermost last. */
function loopsAround(plan: Plan, path: string): string[] {
  const outer = path.slice(0, path.lastIndexOf('/'));
  if (outer === '' || outer === 'run') return [];
  const step = stepAt(plan, outer);
  return [...loopsAround(plan, outer), ...(step !== undefined && isLoop(step) ? [outer] : [])];
}

function elementName(plan: Plan, path: string): string | null {
  const loop = stepAt(plan, path);
  return loop?.kind === 'foreach' ? loop.as : null;
}

function mapFields(object: JsonObject, change: (name: string, value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}
