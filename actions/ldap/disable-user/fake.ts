import type { JsonObject } from '../../../schemas/json.ts';

export function fakeDisableUser(input: JsonObject): JsonObject {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    dn: 'CN=Example User,OU=Staff,DC=example,DC=test',
    login: typeof input.user_id === 'string' ? input.user_id : '',
    upn: 'user@example.test',
    display_name: 'Example User',
    enabled: false,
    was_enabled: true,
  };
}
