import type { JsonObject } from '../../../schemas/json.ts';

export function fakeEnableDevice(_input: JsonObject): JsonObject {
  return { enabled: true, was_enabled: false };
}
