import type { OrderRole, OrderSigner } from '../../engine/core/audit/signed-order.ts';
import type { Wish } from '../../engine/runtime/audit/order-ground.ts';
import type { EngineParts } from '../../engine/runtime/engine-parts.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { type OrderProof, purposeOf } from '../../engine/runtime/identity/prove-order.ts';
import {
  confirmAuditOrder,
  type OrderAnswer,
  type OrderSetting,
  proposeAuditOrder,
} from '../../engine/runtime/order-audit.ts';
import { signAuditOrder } from '../../engine/runtime/sign-audit-order.ts';
import { mintId, type PasskeyId, type PersonId } from '../../schemas/ids.ts';
import type { TestDatabase } from '../support/database.ts';
import { type Options, type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { tenant } from './draft-entry.ts';

const party = { id: 'localhost', origin: 'http://localhost' };
const browser = 'of this browser';

/** Somebody who may order things about the log, with a passkey of their own. */
export interface SigningOrderer {
  id: PersonId;
  key: SoftPasskey;
  passkeyId: PasskeyId;
  /** As the host of the sequencer lists them. */
  signer: OrderSigner;
  propose(wish: Wish, reason: string): Promise<OrderAnswer>;
  prove(digest: string, role: OrderRole): Promise<OrderProof>;
  /** Proposes it and signs it. @returns its digest */
  order(wish: Wish, reason?: string): Promise<string>;
  sign(digest: string, proof?: OrderProof): Promise<OrderAnswer>;
  confirm(digest: string, proof?: OrderProof | null): Promise<OrderAnswer>;
  removeKey(): Promise<void>;
}

export async function signingOrderer(
  database: TestDatabase,
  name: string,
  setting: OrderSetting = {},
): Promise<SigningOrderer> {
  const id = mintId('PersonId');
  await database.app.query('insert into people (tenant_id, id, name, roles) values ($1, $2, $3, $4)', [
    tenant,
    id,
    name,
    ['operator'],
  ]);
  const identity = openIdentity({ database: database.app, tenant, mint: mintId });
  const door = { actor: { kind: 'person', id, channel: 'console' }, requestId: 'test' } as const;
  const use = { party, browsers: [browser] };
  const key = softPasskey();
  const asked = await identity.askForNewPasskey(door, { id, name, signedInAtMs: Date.now() }, browser, party);
  if (!asked.ok) throw new Error(asked.detail);
  const answer = key.create(asked.options as unknown as Options);
  const added = await identity.addPasskey(door, { personId: id, name: 'Key' }, { answer, ...use });
  if (!added.ok) throw new Error(added.detail);
  const { rows } = await database.owner.query<{ key: string }>(
    `select convert_from(entry, 'utf8')::json->'data'->>'publicKey' as key from audit_pending
     where convert_from(entry, 'utf8')::json->'data'->>'passkeyId' = $1`,
    [added.passkeyId],
  );
  const parts = { database: database.app, tenant, mint: mintId, afterCommit: () => undefined };
  const engine = parts as Partial<EngineParts> as EngineParts;
  const by = () => ({
    personId: id as PersonId,
    signedInAtMs: Date.now(),
    actor: door.actor,
    requestId: 'test',
  });
  const person: SigningOrderer = {
    id,
    key,
    passkeyId: added.passkeyId,
    signer: { personId: id, publicKey: rows[0]?.key ?? '' },
    propose: (wish, reason) => proposeAuditOrder(engine, { ...by(), wish, reason }, setting),
    async prove(digest, role) {
      const purpose = { kind: purposeOf[role], personId: id, digest } as const;
      const options = (await identity.askForPasskey(purpose, browser, party)) as unknown as Options;
      const proven = await identity.proveOrder(
        door,
        { personId: id, digest, role },
        { answer: key.get(options), ...use },
      );
      if (!proven.ok) throw new Error(proven.detail);
      return proven.proof;
    },
    async sign(digest, proof) {
      const given = proof ?? (await person.prove(digest, 'proposer'));
      return signAuditOrder(engine, { ...by(), digest, proof: given }, setting);
    },
    async order(wish, reason = 'because of the test') {
      const proposed = await person.propose(wish, reason);
      if (!proposed.ok) throw new Error(proposed.detail);
      const signed = await person.sign(proposed.digest);
      if (!signed.ok) throw new Error(signed.detail);
      return proposed.digest;
    },
    async confirm(digest, proof) {
      const given = proof === undefined ? await person.prove(digest, 'confirmer') : proof;
      return confirmAuditOrder(engine, { ...by(), digest, proof: given }, setting);
    },
    async removeKey() {
      const removed = await identity.removePasskey(door, { signedInAtMs: Date.now() }, added.passkeyId, id);
      if (!removed.ok) throw new Error(removed.detail);
    },
  };
  return person;
}
