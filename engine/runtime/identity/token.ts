import type { PersonId, TokenId } from '../../../schemas/ids.ts';

/** Everything about a token except the token: that is shown once and kept nowhere. */
export interface Token {
  id: TokenId;
  kind: 'person' | 'service';
  personId: PersonId | null;
  name: string;
  roles: string[];
  createdBy: string;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
}

export interface TokenRow {
  id: string;
  kind: 'person' | 'service';
  person_id: string | null;
  name: string;
  roles: string[];
  created_by: string;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

export const tokenColumns =
  'id, kind, person_id, name, roles, created_by, created_at, expires_at, revoked_at';

export function toToken(row: TokenRow): Token {
  return {
    id: row.id as TokenId,
    kind: row.kind,
    personId: row.person_id as PersonId | null,
    name: row.name,
    roles: row.roles,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}
