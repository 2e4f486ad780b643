import type { HttpResponse } from '../../engine/core/contracts/ports.ts';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { parseJson } from '../client/parse-json.ts';
import type { Endpoint } from './http-system.ts';

/* An answer is text of strangers: what the operator names is taken out of it, where it is of the kind that he says. */

export type Reading = { ok: true; outputs: JsonObject } | { ok: false; missing: string };

/** @returns what of the outputs is there; `missing` names the first that a read needs and did not get */
export function readAnswer({ outputs = {}, class: kind }: Endpoint, response: HttpResponse): Reading {
  const body = parseJson(response.text);
  const found: JsonObject = { status: response.status };
  for (const [name, { from, schema, optional }] of Object.entries(outputs)) {
    const value = body === undefined ? undefined : valueAt(body, from);
    if (value !== undefined && fits(schema as unknown as JsonObject, value)) found[name] = value;
    else if (kind === 'read' && optional !== true) return { ok: false, missing: name };
  }
  return { ok: true, outputs: found };
}

/** RFC 6901; only what the value has itself. */
export function valueAt(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const escaped of pointer.split('/').slice(1)) {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = /^(0|[1-9][0-9]{0,5})$/.test(name) ? at[Number(name)] : undefined;
    else at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return at;
}

/** Of a schema what can be told without a library; `judge-outputs.ts` lets an output say no more than this. */
export function fits({ type, maxLength, maxItems, items, enum: listed }: JsonObject, value: Json): boolean {
  if (Array.isArray(listed) && !listed.includes(value)) return false;
  if (typeof maxLength === 'number' && typeof value === 'string' && value.length > maxLength) return false;
  if (typeof maxItems === 'number' && Array.isArray(value) && value.length > maxItems) return false;
  if (isJsonObject(items) && Array.isArray(value) && !value.every((each) => fits(items, each))) return false;
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
  return types.length === 0 || types.some((each) => isOf(String(each), value));
}

function isOf(type: string, value: Json): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'null':
      return value === null;
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      return false;
  }
}
