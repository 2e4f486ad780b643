import type { JsonObject } from '../../../schemas/json.ts';

export function fakeIsolateHost(input: JsonObject): JsonObject {
  return {
    state: 'isolated',
    machine_action_id: '00000000-0000-4000-8000-000000000001',
    scope: input.scope === 'selective' ? 'selective' : 'full',
    host_name: 'host.example.test',
  };
}
