import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';

/**
 * A published schema file as components of the document: its `$defs` become components of their own
 * and references follow them, because inside a document `#` is the document.
 */
export function embedSchema(name: string, schema: JsonObject): { [component: string]: JsonObject } {
  const { $schema: _, $id: __, $defs, ...own } = schema;
  const components: { [component: string]: JsonObject } = {
    [name]: follow(own, name) as JsonObject,
  };
  if (isJsonObject($defs)) {
    for (const [definition, part] of Object.entries($defs)) {
      components[nameOf(name, definition)] = follow(part, name) as JsonObject;
    }
  }
  return components;
}

function follow(value: Json, name: string): Json {
  if (Array.isArray(value)) return value.map((item) => follow(item, name));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      if (key !== '$ref' || typeof field !== 'string') return [key, follow(field, name)];
      return [key, `#/components/schemas/${nameOf(name, field.replace('#/$defs/', ''))}`];
    }),
  );
}

function nameOf(name: string, definition: string): string {
  return `${name}${definition.charAt(0).toUpperCase()}${definition.slice(1)}`;
}
