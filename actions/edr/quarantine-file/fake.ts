import type { JsonObject } from '../../../schemas/json.ts';

export function fakeQuarantineFile(_input: JsonObject): JsonObject {
  return {
    state: 'quarantined',
    machine_action_id: '00000000-0000-4000-8000-000000000004',
    host_name: 'host.example.test',
  };
}
