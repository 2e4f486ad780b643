import type { JsonObject } from '../../../schemas/json.ts';

export function fakeLockDevice(input: JsonObject): JsonObject {
  return { state: 'locked', device_id: typeof input.device_id === 'string' ? input.device_id : '' };
}
