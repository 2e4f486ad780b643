import type { JsonObject } from '../../../schemas/json.ts';

export function fakeDeleteAuthMethod(_input: JsonObject): JsonObject {
  return { state: 'deleted', kind: 'phone' };
}
