import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../contracts/action.ts';
import type { CallStep, PlanChild } from '../contracts/plan.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { validatorOf } from '../schema/validator-of.ts';
import { runPath, type Turn } from './turn.ts';
import { visibleNames } from './visible-names.ts';

export type CallInputs = { ok: true; inputs: JsonObject } | { ok: false; failure: Failure };

/** The inputs as the child will see them: what the step gives, and the child's own defaults. */
export function fillCall(turn: Turn, step: CallStep): CallInputs {
  const child = childOf(turn, step);
  const refuse = (code: string, message: string): CallInputs => ({
    ok: false,
    failure: { code, kind: 'terminal', message },
  });
  if (child === undefined) return refuse('run/child-failed', `"${step.playbook}" is not part of this plan`);
  const filled = renderTemplate({ t: 'map', fields: step.with }, visibleNames(turn.context, step.path));
  if (!filled.ok)
    return refuse(filled.code, `the inputs of "${step.id}" could not be filled: ${filled.message}`);
  if (!isJsonObject(filled.value)) return refuse('action/invalid-input', 'the inputs are not a map');
  const inputs: JsonObject = {};
  const problems: string[] = [];
  for (const input of child.inputs) {
    const given = filled.value[input.name];
    if (given === undefined) {
      if (input.required) problems.push(`${input.name}: is required`);
      else inputs[input.name] = input.default;
      continue;
    }
    for (const problem of validatorOf(input.schema)(given)) {
      problems.push(`${input.name}${problem.pointer}: ${problem.message}`);
    }
    inputs[input.name] = given;
  }
  for (const name of Object.keys(filled.value)) {
    if (!child.inputs.some((input) => input.name === name)) problems.push(`${name}: is not an input`);
  }
  if (problems.length > 0) {
    return refuse('action/invalid-input', `the inputs do not fit ${step.playbook}: ${problems.join('; ')}`);
  }
  return { ok: true, inputs };
}

export function childOf(turn: Turn, step: CallStep): PlanChild | undefined {
  return turn.context.env.plan.children[step.playbook];
}

/** For the question about a call: what exactly would be started. */
export function describeCall(turn: Turn, step: CallStep): { inputs: JsonObject; path: string } {
  const filled = fillCall(turn, step);
  return { inputs: filled.ok ? filled.inputs : {}, path: runPath(turn.context, step.path) };
}
