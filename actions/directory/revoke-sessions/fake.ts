import type { JsonObject } from '../../../schemas/json.ts';

export function fakeRevokeSessions(_input: JsonObject): JsonObject {
  return { revoked: true };
}
