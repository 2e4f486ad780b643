import type { JsonObject } from '../../../schemas/json.ts';

export function fakeUnblockFile(_input: JsonObject): JsonObject {
  return { state: 'unblocked', action: 'block_and_remediate', days: 90 };
}
