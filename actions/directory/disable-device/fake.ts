import type { JsonObject } from '../../../schemas/json.ts';

export function fakeDisableDevice(_input: JsonObject): JsonObject {
  return { enabled: false, was_enabled: true };
}
