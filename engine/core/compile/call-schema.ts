import type { JsonObject } from '../../../schemas/json.ts';
import type { PlanInput } from '../contracts/plan.ts';

/** What a `call` may pass, as one schema: the child's inputs are closed, and required without a default. */
export function callSchema(inputs: readonly PlanInput[]): JsonObject {
  return {
    type: 'object',
    properties: Object.fromEntries(inputs.map(({ name, schema }) => [name, schema])),
    required: inputs.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}
