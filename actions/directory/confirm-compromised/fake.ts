import type { JsonObject } from '../../../schemas/json.ts';

export function fakeConfirmCompromised(input: JsonObject): JsonObject {
  return { id: typeof input.user_id === 'string' ? input.user_id : '', state: 'confirmed_compromised' };
}
