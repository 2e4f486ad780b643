import type { PersonId, TenantId, TokenId } from '../../../schemas/ids.ts';

/** Whom a token or a session stands for at this moment. Read afresh for each request. */
export interface Identified {
  tenant: TenantId;
  kind: 'person' | 'service';
  /** `per_…`; for services `tok_…`, or `<issuer>#<subject>` with a token of another issuer. */
  id: string;
  name: string;
  email: string | null;
  /** Effective: a person's token is the overlap of its scope and the person's roles. */
  roles: string[];
  groups: string[];
  personId: PersonId | null;
  tokenId?: TokenId;
  /** SHA-256 of the session, in hex; absent: it is a token's word. */
  sessionHash?: string;
  /** Of a token of another issuer: when it lets nobody in any more. */
  untilMs?: number;
}
