import type { JsonObject } from '../../../schemas/json.ts';

export function fakeBlockDomain(_input: JsonObject): JsonObject {
  return { state: 'blocked', indicator_id: '2', remediates: false };
}
