import type { JsonObject } from '../../../schemas/json.ts';

export function fakeAddComment(input: JsonObject): JsonObject {
  return { incident_id: typeof input.incident_id === 'string' ? input.incident_id : '' };
}
