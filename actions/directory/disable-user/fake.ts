import type { JsonObject } from '../../../schemas/json.ts';

export function fakeDisableUser(input: JsonObject): JsonObject {
  return {
    id: typeof input.user_id === 'string' ? input.user_id : '',
    enabled: false,
    was_enabled: true,
    synced: false,
    upn: 'user@example.test',
    display_name: 'Example User',
  };
}
