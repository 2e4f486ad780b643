import { isJsonObject, type Json } from '../../../schemas/json.ts';

/** An argument that is more than data to its target. */
export interface Sink {
  argument: string;
  /** url, query, command or markup. */
  reads: string;
}

/**
 * What interprets a value inside an argument: the schema of the place itself, one around it, or, for a
 * value that is only known in a run, one of those inside it.
 *
 * @param pointer from the argument to the value
 */
export function sinkOf(argument: string, schema: Json | undefined, pointer: string): Sink | null {
  let at: Json | undefined = schema;
  for (const part of pointer.split('/').slice(1)) {
    if (!isJsonObject(at) || typeof at['x-sink'] === 'string') break;
    const properties: Json | undefined = at.properties;
    const known = isJsonObject(properties) && Object.hasOwn(properties, part) ? properties[part] : undefined;
    at = known ?? at.items ?? at.additionalProperties;
  }
  const reads = sinkWithin(at);
  return reads === null ? null : { argument, reads };
}

function sinkWithin(schema: Json | undefined): string | null {
  if (Array.isArray(schema)) return schema.map(sinkWithin).find((reads) => reads !== null) ?? null;
  if (!isJsonObject(schema)) return null;
  if (typeof schema['x-sink'] === 'string') return schema['x-sink'];
  return (
    Object.values(schema)
      .map(sinkWithin)
      .find((reads) => reads !== null) ?? null
  );
}
