import type { JsonObject } from '../../../schemas/json.ts';

export function fakeFindDevice(_input: JsonObject): JsonObject {
  return {
    found: true,
    device_id: '00000000-0000-4000-8000-00000000e001',
    management_state: 'managed',
    orders_running: [],
  };
}
