import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';

// What only tells people something, and does not narrow a text.
const annotations = [
  'description',
  'markdownDescription',
  'title',
  'default',
  'examples',
  'enumDescriptions',
];

/**
 * The schema of a value as it is written in a playbook, where `${{ … }}` may stand for the whole or for a
 * part of it: a text with a template fits everywhere, because what it becomes is only known in a run.
 */
export function templatedSchema(schema: Json): Json {
  if (!isJsonObject(schema)) return schema;
  const described = withMarkdown(schema);
  const told = pick(described, (keyword) => annotations.includes(keyword));
  const demands = pick(described, (keyword) => !annotations.includes(keyword));
  const inner = withTemplatesInside(demands);
  // A map is written as a map; `with` as a whole is never a template.
  if (schema.type === 'object' && isJsonObject(schema.properties)) return { ...told, ...inner };
  if (Object.keys(demands).length === 0 || (demands.type === 'string' && Object.keys(demands).length === 1)) {
    return described;
  }
  return {
    // Words under a condition are not offered by editors: they are said as examples.
    ...(Array.isArray(demands.enum) && { examples: demands.enum }),
    ...(demands.type === 'boolean' && { examples: [true, false] }),
    ...told,
    if: { type: 'string', pattern: '\\$\\{\\{' },
    then: true,
    else: inner,
  };
}

function withTemplatesInside(schema: JsonObject): JsonObject {
  const changed: JsonObject = { ...schema };
  if (isJsonObject(schema.properties)) {
    changed.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, value]) => [name, templatedSchema(value)]),
    );
  }
  if (isJsonObject(schema.items)) changed.items = templatedSchema(schema.items);
  return changed;
}

/** Editors show Markdown where there is any. */
function withMarkdown({ description, ...rest }: JsonObject): JsonObject {
  return description === undefined ? rest : { markdownDescription: description, ...rest };
}

function pick(schema: JsonObject, wanted: (keyword: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => wanted(keyword)));
}
