import type { PersonId, TokenId } from '../../../schemas/ids.ts';

/** Everything about a token except the token: that is shown once and kept nowhere. */
export interface Token {
  id: TokenId;
  kind: 'person' | 'service';
  personId: PersonId | null;
  name: string;
  roles: string[];
  createdBy: string;
  /** Null: no person made it, or none of today's. */
  createdByName: string | null;
  /** Whoever made it has been deactivated since; what they made for a service works on. */
  createdByLeft: boolean;
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
  maker_name: string | null;
  maker_left: boolean;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
}

const maker = 'from people m where m.tenant_id = tokens.tenant_id and m.id = tokens.created_by';

/** Holds when whoever made it has been deactivated. Not `exists`: that is answered by reading all people. */
export const makerLeft = `coalesce((select not m.active ${maker}), false)`;

/** Of `tokens` under this name. */
export const tokenColumns = `id, kind, person_id, name, roles, created_by, (select m.name ${maker}) as maker_name,
  ${makerLeft} as maker_left, created_at, expires_at, revoked_at`;

/** Holds for what lets somebody in. */
export const tokenWorks = 'revoked_at is null and expires_at > clock_timestamp()';

export function toToken(row: TokenRow): Token {
  return {
    id: row.id as TokenId,
    kind: row.kind,
    personId: row.person_id as PersonId | null,
    name: row.name,
    roles: row.roles,
    createdBy: row.created_by,
    createdByName: row.maker_name,
    createdByLeft: row.maker_left,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}
