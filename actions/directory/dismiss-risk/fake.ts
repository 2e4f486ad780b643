import type { JsonObject } from '../../../schemas/json.ts';

export function fakeDismissRisk(input: JsonObject): JsonObject {
  return { id: typeof input.user_id === 'string' ? input.user_id : '', state: 'dismissed' };
}
