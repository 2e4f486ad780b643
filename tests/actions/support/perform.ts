import type {
  Action,
  ActionContext,
  ActionOutcome,
  CheckOutcome,
} from '../../../engine/core/contracts/action.ts';
import { createValidator } from '../../../engine/core/schema/create-validator.ts';
import type { JsonObject } from '../../../schemas/json.ts';

/*
 * What the engine does around an action: inputs are validated before, and what comes back must keep
 * the promises of the manifest. Every outcome in these tests passes here.
 */

export async function perform(
  action: Action,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  requireValid(action.manifest.input, input, 'input');
  return kept(action, await action.perform(context, input));
}

export async function confirm(
  action: Action,
  context: ActionContext,
  input: JsonObject,
  handle: JsonObject,
): Promise<ActionOutcome> {
  if (action.confirm === undefined) throw new Error(`${action.manifest.key} has no confirm`);
  return kept(action, await action.confirm(context, input, handle));
}

export async function check(
  action: Action,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  if (action.check === undefined) throw new Error(`${action.manifest.key} has no check`);
  const outcome = await action.check(context, input);
  if (outcome.kind === 'present') requireValid(action.manifest.output, outcome.outputs, 'outputs');
  return outcome;
}

/** Performs, then confirms until there is an end, as the engine does, without its waiting. */
export async function performToTheEnd(
  action: Action,
  context: ActionContext,
  input: JsonObject,
  between: () => Promise<void> | void,
): Promise<ActionOutcome> {
  let outcome = await perform(action, context, input);
  for (let polls = 0; outcome.kind === 'accepted' && polls < 50; polls += 1) {
    await between();
    outcome = await confirm(action, context, input, outcome.handle);
  }
  return outcome;
}

function kept(action: Action, outcome: ActionOutcome): ActionOutcome {
  const { key, failureCodes, output } = action.manifest;
  if (outcome.kind === 'succeeded') requireValid(output, outcome.outputs, 'outputs');
  if (outcome.kind === 'failed' && !failureCodes.includes(outcome.failure.code)) {
    throw new Error(`${key} failed with "${outcome.failure.code}", which its manifest does not list`);
  }
  const text = JSON.stringify(outcome);
  if (/s3cr3t|lab-estate-secret|token-\d|Bearer|eyJ/.test(text))
    throw new Error(`${key} gave a secret away: ${text}`);
  return outcome;
}

function requireValid(schema: JsonObject, value: JsonObject, what: string): void {
  const problems = createValidator(schema)(value);
  if (problems.length > 0)
    throw new Error(`The ${what} do not fit: ${JSON.stringify(problems.map((p) => [p.pointer, p.message]))}`);
}
