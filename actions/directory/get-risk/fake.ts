import type { JsonObject } from '../../../schemas/json.ts';

export function fakeGetRisk(input: JsonObject): JsonObject {
  return {
    id: typeof input.user_id === 'string' ? input.user_id : '',
    risk_level: 'none',
    risk_state: 'none',
  };
}
