import type { JsonObject } from '../../../schemas/json.ts';

export function fakeWipeDevice(input: JsonObject): JsonObject {
  return { state: 'wiped', device_id: typeof input.device_id === 'string' ? input.device_id : '' };
}
