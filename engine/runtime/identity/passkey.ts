import type { PasskeyId, PersonId } from '../../../schemas/ids.ts';
import { sha256Of } from '../../core/approval/check-evidence.ts';
import { publicKeyOf } from './passkey-ceremony.ts';

export interface Passkey {
  id: PasskeyId;
  personId: PersonId;
  personName: string;
  name: string;
  createdAt: string;
  usedAt: string | null;
  /** May be copied to other devices of its person; otherwise it is bound to one. */
  syncable: boolean;
  /** `sha256:…` of its public half, as its entry has it: what `RIPOSTE_AUDIT_ORDER_KEYS` names. */
  publicKey: string;
  /** Is copied, as it said when it was last used. */
  synced: boolean;
}

export interface PasskeyRow {
  id: string;
  person_id: string;
  person_name: string;
  name: string;
  created_at: Date;
  used_at: Date | null;
  syncable: boolean;
  synced: boolean;
  /** COSE. */
  public_key: Buffer;
}

/** Of `passkeys`. */
export const passkeyColumns = `id, person_id, name, created_at, used_at, syncable, synced, public_key,
  (select p.name from people p where p.tenant_id = passkeys.tenant_id and p.id = passkeys.person_id) as person_name`;

export function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id as PasskeyId,
    personId: row.person_id as PersonId,
    personName: row.person_name,
    name: row.name,
    createdAt: row.created_at.toISOString(),
    usedAt: row.used_at?.toISOString() ?? null,
    syncable: row.syncable,
    synced: row.synced,
    publicKey: sha256Of(publicKeyOf(row.public_key)),
  };
}
