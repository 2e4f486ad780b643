import type { JsonObject } from '../../../schemas/json.ts';

export function fakeEnableRule(_input: JsonObject): JsonObject {
  return { enabled: true, name: 'rule' };
}
