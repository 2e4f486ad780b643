import type { JsonObject } from '../../../schemas/json.ts';

export function fakeCollectPackage(_input: JsonObject): JsonObject {
  return {
    state: 'collected',
    machine_action_id: '00000000-0000-4000-8000-000000000003',
    host_name: 'host.example.test',
  };
}
