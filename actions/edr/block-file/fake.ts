import type { JsonObject } from '../../../schemas/json.ts';

export function fakeBlockFile(_input: JsonObject): JsonObject {
  return { state: 'blocked', indicator_id: '1', remediates: true };
}
