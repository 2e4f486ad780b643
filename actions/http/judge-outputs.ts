import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import type { Endpoint } from './http-system.ts';
import { fits } from './read-answer.ts';

/* What is taken out of an answer is promised to playbooks, so a schema of it says no more than is looked at. */

const keywords = ['description', 'type', 'enum', 'maxLength', 'maxItems', 'items'];
const types = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'null'];

export function judgeOutputs({ outputs = {}, check, marks = [] }: Endpoint): string | null {
  for (const [name, { schema, example }] of Object.entries(outputs)) {
    if (name === 'status') return '"outputs": another name than "status", which is there anyway';
    const why = judgeSchema(schema as unknown as JsonObject);
    if (why !== null) return `"outputs"."${name}": ${why}`;
    if (!fits(schema as unknown as JsonObject, example))
      return `"outputs"."${name}": an "example" that fits its schema`;
  }
  const stray = Object.keys(check?.outputs ?? {}).find((name) => !Object.hasOwn(outputs, name));
  if (stray !== undefined) return `"check"."outputs": "${stray}" is no output`;
  const untold = marks.find((name) => !Object.hasOwn(check?.outputs ?? {}, name));
  return untold === undefined ? null : `"marks": "${untold}" is nothing that the check tells`;
}

function judgeSchema(schema: JsonObject): string | null {
  const more = Object.keys(schema).find((keyword) => !keywords.includes(keyword));
  if (more !== undefined) return `a schema of ${keywords.join(', ')}, not "${more}"`;
  if (!typesIn(schema.type).every((each) => types.includes(String(each))))
    return `a "type" of ${types.join(', ')}`;
  if (schema.items === undefined) return null;
  return isJsonObject(schema.items) ? judgeSchema(schema.items) : '"items" as a schema';
}

function typesIn(type: Json | undefined): Json[] {
  if (type === undefined) return ['undefined'];
  return Array.isArray(type) ? type : [type];
}
