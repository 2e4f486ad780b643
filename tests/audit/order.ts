import type { Wish } from '../../engine/runtime/audit/order-ground.ts';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { confirmAuditOrder, type OrderAnswer, proposeAuditOrder } from '../../engine/runtime/order-audit.ts';
import { mintId, type PersonId } from '../../schemas/ids.ts';
import type { TestDatabase } from '../support/database.ts';
import { tenant } from './draft-entry.ts';

export interface Orderer {
  id: PersonId;
  propose(wish: Wish, reason: string): Promise<OrderAnswer>;
  confirm(
    digest: string,
    odd?: { signedInAtMs?: number | null; personId?: PersonId | null },
  ): Promise<OrderAnswer>;
}

/** Somebody who may order things about the log, signed in just now. */
export async function orderer(database: TestDatabase, name: string): Promise<Orderer> {
  const id = mintId('PersonId');
  await database.app.query('insert into people (tenant_id, id, name, roles) values ($1, $2, $3, $4)', [
    tenant,
    id,
    name,
    ['operator'],
  ]);
  const parts = {
    database: database.app,
    tenant,
    mint: mintId,
    afterCommit: () => undefined,
  } as Partial<EngineParts>;
  const by = () => ({
    personId: id as PersonId | null,
    signedInAtMs: Date.now() as number | null,
    actor: { kind: 'person', id, channel: 'api' } as const,
    requestId: 'test',
  });
  return {
    id,
    propose: (wish, reason) => proposeAuditOrder(parts as EngineParts, { ...by(), wish, reason }),
    confirm: (digest, odd = {}) => confirmAuditOrder(parts as EngineParts, { ...by(), ...odd, digest }),
  };
}
