import type { JsonObject } from '../../../schemas/json.ts';

export function fakeGetHost(input: JsonObject): JsonObject {
  return {
    id: typeof input.host_id === 'string' ? input.host_id : '',
    name: 'host.example.test',
    role: 'workstation',
    criticality: 'normal',
    tags: [],
    os: 'Windows11',
    health: 'active',
    onboarding: 'onboarded',
    directory_id: '00000000-0000-4000-8000-000000000017',
    last_ip: '192.0.2.17',
    users: [],
    services: [],
  };
}
