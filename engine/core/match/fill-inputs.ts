import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Plan } from '../contracts/plan.ts';
import type { Scope } from '../expression/evaluate.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { validatorOf } from '../schema/validator-of.ts';

/**
 * Fills a playbook's inputs: what was given by hand first, then the trigger's `from`, then the
 * default; and validates each (language reference 9.15, item 3). A value that cannot be filled
 * starts nothing.
 */
export function fillInputs(
  plan: Plan,
  triggerId: string,
  scope: Scope,
  given: JsonObject,
): { ok: true; inputs: JsonObject } | { ok: false; message: string } {
  const unknown = Object.keys(given).filter((name) => !plan.inputs.some((input) => input.name === name));
  if (unknown.length > 0)
    return { ok: false, message: `inputs.${unknown[0]}: the playbook has no such input` };
  const inputs: JsonObject = {};
  for (const input of plan.inputs) {
    const template = input.from[triggerId] ?? input.from['*'];
    let value: Json | undefined = given[input.name];
    if (value === undefined && template !== undefined) {
      const rendered = renderTemplate(template, scope);
      if (!rendered.ok) return { ok: false, message: `inputs.${input.name}: ${rendered.message}` };
      value = rendered.value;
    }
    if (value === undefined && !input.required) value = input.default;
    if (value === undefined)
      return { ok: false, message: `inputs.${input.name}: no value, and the input has no default` };
    const [problem] = validatorOf(input.schema)(value);
    if (problem !== undefined)
      return { ok: false, message: `inputs.${input.name}${problem.pointer}: ${problem.message}` };
    inputs[input.name] = value;
  }
  return { ok: true, inputs };
}
