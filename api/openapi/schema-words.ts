import type { JsonObject } from '../../schemas/json.ts';

/*
 * Short words for the JSON Schemas of answers. An object lists every field it has and knows no
 * other, so an answer that grows by accident fails the tests instead of leaking.
 */

export const text: JsonObject = { type: 'string' };
export const integer: JsonObject = { type: 'integer' };
export const flag: JsonObject = { type: 'boolean' };
export const time: JsonObject = { type: 'string', format: 'date-time' };
/** Of the stop or the pause that the caller saw: what was set since is read first. */
export const seenGeneration: JsonObject = { type: 'integer', minimum: 1, maximum: 2_147_483_647 };
/** Any JSON value at all. */
export const anything: JsonObject = {};
export const map: JsonObject = { type: 'object' };

export function nullable(schema: JsonObject): JsonObject {
  return { anyOf: [schema, { type: 'null' }] };
}

export function list(items: JsonObject): JsonObject {
  return { type: 'array', items };
}

export function oneOf(words: readonly string[]): JsonObject {
  return { type: 'string', enum: [...words] };
}

/** Every field is always there unless its name is among `optional`. */
export function object(fields: { [name: string]: JsonObject }, optional: readonly string[] = []): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(fields).filter((name) => !optional.includes(name)),
    properties: fields,
  };
}

export function page(items: JsonObject): JsonObject {
  return object({ items: list(items), next: nullable(text) });
}

export const targetSchema: JsonObject = object({
  kind: text,
  id: text,
  name: nullable(text),
});

/** What the caller may do with the item, and why not what is missing. */
export const permissionFields: { [name: string]: JsonObject } = {
  permissions: list(text),
  refusals: {
    type: 'object',
    additionalProperties: object({ code: text, reason: text }),
  },
};
