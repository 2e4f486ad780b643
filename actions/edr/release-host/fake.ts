import type { JsonObject } from '../../../schemas/json.ts';

export function fakeReleaseHost(_input: JsonObject): JsonObject {
  return {
    state: 'released',
    machine_action_id: '00000000-0000-4000-8000-000000000002',
    host_name: 'host.example.test',
  };
}
