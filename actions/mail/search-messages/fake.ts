import type { JsonObject } from '../../../schemas/json.ts';

export function fakeSearchMessages(_input: JsonObject): JsonObject {
  return { messages: [], mailbox_count: 0, link_domains: [], complete: true };
}
