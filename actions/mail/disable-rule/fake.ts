import type { JsonObject } from '../../../schemas/json.ts';

export function fakeDisableRule(_input: JsonObject): JsonObject {
  return { enabled: false, name: 'rule' };
}
