import type { PersonId, TokenId } from '../../../schemas/ids.ts';
import type { Identified } from './identified.ts';
import type { IdentityContext } from './identity-context.ts';
import { hashSecret, looksLikeToken } from './secret.ts';

interface Row {
  id: string;
  kind: 'person' | 'service';
  name: string;
  roles: string[];
  person_id: string | null;
  person_name: string | null;
  person_roles: string[] | null;
  person_groups: string[] | null;
  email: string | null;
}

/**
 * Null for a wrong, expired or revoked token and for one of a person who was deactivated. The
 * look-up is by hash, so its duration says nothing about the secret.
 */
export async function findByToken(context: IdentityContext, secret: string): Promise<Identified | null> {
  if (!looksLikeToken(secret)) return null;
  const { rows } = await context.database.query<Row>(
    `select t.id, t.kind, t.name, t.roles, t.person_id, p.name as person_name, p.roles as person_roles,
       p.groups as person_groups, p.email
     from tokens t left join people p on p.tenant_id = t.tenant_id and p.id = t.person_id
     where t.hash = $1 and t.tenant_id = $2 and t.revoked_at is null and t.expires_at > clock_timestamp()
       and (t.kind = 'service' or p.active)`,
    [hashSecret(secret), context.tenant],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const tokenId = row.id as TokenId;
  if (row.kind === 'service') {
    const { name, roles } = row;
    return {
      tenant: context.tenant,
      kind: 'service',
      id: tokenId,
      name,
      email: null,
      roles,
      groups: [],
      personId: null,
      tokenId,
    };
  }
  if (row.person_id === null) return null;
  const held = row.person_roles ?? [];
  return {
    tenant: context.tenant,
    kind: 'person',
    id: row.person_id,
    name: row.person_name ?? row.name,
    email: row.email,
    roles: held.filter((role) => row.roles.includes(role)),
    groups: row.person_groups ?? [],
    personId: row.person_id as PersonId,
    tokenId,
  };
}
