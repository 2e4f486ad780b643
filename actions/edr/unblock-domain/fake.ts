import type { JsonObject } from '../../../schemas/json.ts';

export function fakeUnblockDomain(_input: JsonObject): JsonObject {
  return { state: 'unblocked', days: 30 };
}
