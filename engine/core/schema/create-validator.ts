import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from '../../../schemas/json.ts';
import { compilePattern } from '../expression/functions/compile-pattern.ts';
import { readInstant } from '../expression/functions/strict-conversions.ts';
import { describeProblem } from './describe-problem.ts';

/** One place where a value does not fit its schema. */
export interface SchemaProblem {
  /** JSON pointer (RFC 6901) to the value; to the object for missing and unknown fields. */
  pointer: string;
  /** For people, without the pointer: `must be a string`. */
  message: string;
  keyword: string;
  /** Ajv's parameters of the keyword, e.g. `{ missingProperty }`. */
  params: { readonly [name: string]: unknown };
  /** The sub-schema that holds the keyword. */
  schema: { readonly [keyword: string]: unknown };
}

/** Returns every problem of a value, an empty list when it fits. Never changes the value. */
export type Validate = (value: unknown) => SchemaProblem[];

/**
 * Compiles a JSON Schema 2020-12. Formats are checked; `x-…` and editor keywords mean nothing.
 *
 * @throws when the schema itself is wrong, or a pattern is none of RE2: a bug of its author, not of the value.
 */
export function createValidator(schema: JsonObject): Validate {
  metaschema.validateSchema(schema, true);
  const ajv = new Ajv2020({ ...options, validateSchema: false });
  addFormats.default(ajv);
  // What the language reads as one: the library takes blanks for the `T` and leap seconds, which are no instant for us.
  ajv.addFormat('date-time', (text) => readInstant(text) !== null);
  const check = ajv.compile(schema);
  return (value) => (check(value) ? [] : (check.errors ?? []).filter(isOwnProblem).map(toProblem));
}

/**
 * Patterns of inputs meet attacker text, so they run in linear time like `re_match`. Ajv tells
 * compiled patterns apart by their text.
 */
const linearPattern = Object.assign(
  (source: string) => ({ test: compilePattern(source).test, toString: () => source }),
  { code: 'linearPattern' },
);

// strict would refuse the editor keywords and `x-sink`; the schemas' own tests check spelling.
const options = { allErrors: true, strict: false, verbose: true, code: { regExp: linearPattern } };

/** Whether a schema is one is always the same question: compiled once, it is most of what a small schema costs. */
const metaschema = new Ajv2020(options);
addFormats.default(metaschema);

// `if` only repeats that its branch failed; problems inside `propertyNames` repeat it per key.
function isOwnProblem(error: ErrorObject): boolean {
  return error.keyword !== 'if' && error.propertyName === undefined;
}

function toProblem(error: ErrorObject): SchemaProblem {
  const schema = error.parentSchema ?? {};
  const params = error.params as { [name: string]: unknown };
  return {
    pointer: error.instancePath,
    message: describeProblem(error.keyword, params, error.message ?? 'does not fit'),
    keyword: error.keyword,
    params,
    schema,
  };
}
