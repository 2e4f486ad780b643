import { isJsonObject } from '../../schemas/json.ts';
import { parseJson } from './parse-json.ts';

const rolesMax = 1000;

/**
 * The application permissions in an access token of our own (facts 1.3: the claim `roles`). The token is not for us
 * and its form is not promised: null when it says nothing that can be read. Nothing is decided by it but what
 * people are told beforehand; the API decides for itself.
 */
export function readRoles(token: string): ReadonlySet<string> | null {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return null;
  const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
  if (!isJsonObject(claims) || !Array.isArray(claims.roles) || claims.roles.length > rolesMax) return null;
  const { roles } = claims;
  return roles.every((role) => typeof role === 'string') ? new Set(roles as string[]) : null;
}
