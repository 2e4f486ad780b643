import type { JsonObject } from '../../../schemas/json.ts';

export function fakeGetUser(input: JsonObject): JsonObject {
  return {
    id: typeof input.user_id === 'string' ? input.user_id : '',
    upn: 'user@example.test',
    display_name: 'Example User',
    title: '',
    enabled: true,
    synced: false,
    is_privileged: false,
    roles: [],
    tags: [],
  };
}
