import type { JsonObject } from '../../../schemas/json.ts';

export function fakeUnblockFile(_input: JsonObject): JsonObject {
  return { state: 'unblocked' };
}
