import type { JsonObject } from '../../../schemas/json.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { type SourceNode, toJson } from './source-node.ts';

/** The JSON Schema of one input: its declaration without what is ours (`from`, `default`, `x-…`). */
export function inputSchema(declaration: SourceNode): JsonObject {
  const json = toJson(declaration);
  if (!isJsonObject(json)) return {};
  const { from: _from, default: _default, ...schema } = json;
  return withoutNotes(schema);
}

function withoutNotes(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !key.startsWith('x-')));
}
