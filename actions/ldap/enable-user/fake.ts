import type { JsonObject } from '../../../schemas/json.ts';

export function fakeEnableUser(input: JsonObject): JsonObject {
  return {
    id: '00000000-0000-4000-8000-000000000001',
    dn: 'CN=Example User,OU=Staff,DC=example,DC=test',
    login: typeof input.user_id === 'string' ? input.user_id : '',
    upn: 'user@example.test',
    display_name: 'Example User',
    enabled: true,
    was_enabled: false,
  };
}
