import type { JsonObject } from '../../../schemas/json.ts';

export function fakeSearchMessages(): JsonObject {
  return { messages: [], complete: true };
}
