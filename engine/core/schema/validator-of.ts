import type { JsonObject } from '../../../schemas/json.ts';
import { createValidator } from './create-validator.ts';

type Validator = ReturnType<typeof createValidator>;

/*
 * Compiling a schema costs milliseconds, running it microseconds. Schemas inside a plan never
 * change, so a validator lives exactly as long as the schema object it was made from.
 */
const made = new WeakMap<JsonObject, Validator>();

export function validatorOf(schema: JsonObject): Validator {
  const known = made.get(schema);
  if (known !== undefined) return known;
  const validator = createValidator(schema);
  made.set(schema, validator);
  return validator;
}
