import type { JsonObject } from '../../../schemas/json.ts';

export function fakePostMessage(_input: JsonObject): JsonObject {
  return { accepted: true };
}
