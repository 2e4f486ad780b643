import type { Answer } from '../../../../schemas/cases-v1.generated.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../../schemas/json.ts';
import type { ActionStep, Plan } from '../../contracts/plan.ts';
import { everyStep } from '../../run/list-steps.ts';
import { isSameValue } from '../same-value.ts';
import { nameOf } from './place.ts';
import type { Script } from './script.ts';

/*
 * An answer that was made from the action's example says more than it must. Each change here takes out of
 * one answer what its schema does not demand and the search did not choose; whether the case still does the
 * same is for whoever plays it to see.
 */
export function shorterAnswers(script: Script, plan: Plan): ((before: Script) => Script)[] {
  const steps = everyStep(plan).filter((step): step is ActionStep => step.kind === 'action');
  return steps.flatMap((step) => {
    const name = nameOf(step);
    const said = script.given.actions?.[name];
    if (said === undefined || Array.isArray(said) || said.outputs === undefined) return [];
    const outputs = shorter(said.outputs, step.action.example, step.action.output);
    if (isSameValue(outputs, said.outputs)) return [];
    const answer: Answer = { ...said, outputs };
    return [
      (before) => ({
        ...before,
        given: { ...before.given, actions: { ...before.given.actions, [name]: answer } },
      }),
    ];
  });
}

function shorter(outputs: JsonObject, example: JsonObject, schema: JsonObject): JsonObject {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const kept = Object.entries(outputs).filter(
    ([name, value]) => required.includes(name) || !isSameValue(value, example[name]),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, shorterItems(value, properties[name])]));
}

function shorterItems(value: Json, schema: Json | undefined): Json {
  const items = isJsonObject(schema) && isJsonObject(schema.items) ? schema.items : null;
  const required = items !== null && Array.isArray(items.required) ? items.required : [];
  if (!Array.isArray(value) || required.length === 0) return value;
  return value.map((each) =>
    isJsonObject(each)
      ? Object.fromEntries(Object.entries(each).filter(([name]) => required.includes(name)))
      : each,
  );
}
