import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { code } from './markdown.ts';

/* What a schema says about a place, in the words of the language reference. */

export type Definitions = JsonObject;

export interface Field {
  name: string;
  type: string;
  required: boolean;
  /** Markdown of the schema; our own words, so it stays markup. */
  meaning: string;
}

/** In the order of the schema, which is the order of canonical files; what is inside a map follows it. */
export function fieldsOf(schema: JsonObject, definitions: Definitions, within = ''): Field[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(properties).flatMap(([name, field]) => [
    {
      name: `${within}${name}`,
      type: typeOf(field, definitions),
      required: required.includes(name),
      meaning: meaningOf(field, definitions),
    },
    ...insideOf(field, definitions, `${within}${name}`),
  ]);
}

/** Fields of a map that has no name of its own, of the entries of a list, and of each form of a choice. */
function insideOf(field: Json | undefined, definitions: Definitions, name: string): Field[] {
  if (!isJsonObject(field)) return [];
  return [
    ...fieldsOf(field, definitions, `${name}.`),
    ...(isJsonObject(field.items) ? insideOf(field.items, definitions, `${name}[]`) : []),
    ...insideOf(field.then, definitions, name),
    ...insideOf(field.else, definitions, name),
  ];
}

/** A word for a definition that has one of its own, the shape otherwise. */
export function typeOf(schema: Json | undefined, definitions: Definitions): string {
  if (!isJsonObject(schema)) return 'any';
  const { $ref: ref, enum: choice, const: only, type } = schema;
  if (typeof ref === 'string') return namedType(ref.replace('#/$defs/', ''));
  if (Array.isArray(choice)) return choice.map((value) => code(String(value))).join(', ');
  if (only !== undefined) return code(String(only));
  if (schema.if !== undefined) {
    const other =
      isJsonObject(schema.then) && schema.then.if !== undefined ? 'map' : typeOf(schema.then, definitions);
    return [typeOf(schema.else, definitions), other === 'any' ? 'map' : other].join(', or ');
  }
  if (type === 'array') return `list of ${typeOf(schema.items, definitions)}`;
  if (type === 'object') return 'map';
  if (typeof type === 'string') return `${type}${range(schema)}`;
  return 'any';
}

function range({ minimum, maximum, maxLength }: JsonObject): string {
  if (typeof minimum === 'number' && typeof maximum === 'number') return `, ${minimum} to ${maximum}`;
  if (typeof maxLength === 'number') return `, at most ${maxLength} characters`;
  return '';
}

const sections = new Set([
  'trigger',
  'input',
  'guard',
  'retry',
  'approval',
  'approval_defaults',
  'step',
  'on_error',
]);

function namedType(name: string): string {
  const words = name.replaceAll('_', ' ');
  return sections.has(name) ? `[${words}](#${words.replaceAll(' ', '-')})` : words;
}

function meaningOf(field: Json | undefined, definitions: Definitions): string {
  if (!isJsonObject(field)) return '';
  const own = typeof field.markdownDescription === 'string' ? field.markdownDescription : '';
  const { $ref: ref } = field;
  const target = typeof ref === 'string' ? definitions[ref.replace('#/$defs/', '')] : undefined;
  const words = own !== '' || target === undefined ? own : meaningOf(target, definitions);
  const { enum: choice, enumDescriptions: said, default: fallback } = field;
  const each =
    Array.isArray(choice) && Array.isArray(said)
      ? choice.map((value, at) => `${code(String(value))}: ${String(said[at])}`).join(' ')
      : '';
  const without =
    fallback === undefined || /default/i.test(words) ? '' : `Default ${code(String(fallback))}.`;
  return [words, each, without].filter((part) => part !== '').join(' ');
}
