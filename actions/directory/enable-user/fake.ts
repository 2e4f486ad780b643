import type { JsonObject } from '../../../schemas/json.ts';

export function fakeEnableUser(input: JsonObject): JsonObject {
  return {
    id: typeof input.user_id === 'string' ? input.user_id : '',
    enabled: true,
    was_enabled: false,
    synced: false,
    upn: 'user@example.test',
    display_name: 'Example User',
  };
}
