import type { JsonObject } from '../../../schemas/json.ts';

export function fakeListAuthMethods(_input: JsonObject): JsonObject {
  return { methods: [], recent: [], undated: 0 };
}
