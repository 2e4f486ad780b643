import type { JsonObject } from '../../../schemas/json.ts';

export function fakeGetUser(input: JsonObject): JsonObject {
  const login = typeof input.user_id === 'string' ? input.user_id : '';
  return {
    id: '00000000-0000-4000-8000-000000000001',
    dn: 'CN=Example User,OU=Staff,DC=example,DC=test',
    login,
    upn: 'user@example.test',
    display_name: 'Example User',
    title: '',
    enabled: true,
    is_privileged: false,
    roles: [],
    tags: [],
  };
}
