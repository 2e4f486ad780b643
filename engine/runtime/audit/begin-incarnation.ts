import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { encodeEntry } from '../../core/audit/entry.ts';
import { type IncarnationTerms, nextLog } from '../../core/audit/order.ts';
import type { OrderSigner } from '../../core/audit/signed-order.ts';
import { formatVerifierKey, verifierKey } from '../../core/audit/verifier-key.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import type { Pass } from '../fault-point.ts';
import type { Database } from '../store/database.ts';
import { readNewestLog } from '../store/queries/audit-orders.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import { givenBy } from './check-order-signed.ts';
import { headHere } from './head-here.ts';
import { NotOrdered, orderToDo, type SignedOrder } from './order-to-do.ts';
import type { LogSigner } from './signing-key.ts';

/*
 * A log that contradicts what was published, or whose key nobody believes any more, is closed for ever, and
 * another one begins, by the word of two people. One transaction: the old log closed, the new one with its
 * first entry, the order done, the hold ended. A crash before it leaves a key file that nothing names; a crash
 * after it leaves nothing to do.
 */

/** Waits for a batch that is being committed, and fences whoever leads. */
const closeLog = `
update audit_log_meta set closed_at = clock_timestamp(), epoch = epoch + 1 where tenant_id = $1 and closed_at is null`;

const openLog = `
insert into audit_log_meta (tenant_id, log_id, origin, vkey, incarnation, size) values ($1, $2, $3, $4, $5, 1)`;

const insertKey = `
insert into audit_key (tenant_id, log_id, since, vkey, by_vkey) values ($1, $2, 0, $3, $4)`;

const insertFirst = `
insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
values ($1, $2, 0, $3, $4, $5, $6, $7)`;

const insertTile = `
insert into audit_tile (tenant_id, log_id, level, n, hashes) values ($1, $2, 0, 0, $3)`;

const release = 'select begin_incarnation($1, $2, $3)';

/**
 * Does what two people ordered, if it is still so.
 * @param signer a new key, on the disk already: the old one may be known to whoever made the fork
 * @throws NotOrdered when it is not so any more; nothing is written then
 */
export async function beginIncarnation(
  { database, tenant, mint, pass }: { database: Database; tenant: TenantId; mint: MintId; pass?: Pass },
  digest: string,
  signer: LogSigner,
  signers: readonly OrderSigner[] | null,
): Promise<string> {
  const logId = await database.transaction(
    async (tx) => {
      const step = async <T>(work: Promise<T>): Promise<T> => {
        const done = await work;
        pass?.('incarnation.step');
        return done;
      };
      await step(tx.query(closeLog, [tenant]));
      const order = await step(orderToDo(tx, tenant, digest, signers));
      const { terms } = order;
      if (terms.kind !== 'incarnation') throw new NotOrdered();
      const before = await step(readNewestLog(tx, tenant));
      const incarnation = (before?.incarnation ?? 1) + 1;
      const next = nextLog(terms.doubt.origin, incarnation, signer.publicKey);
      const key = formatVerifierKey(verifierKey(next.origin, signer.publicKey));
      await step(tx.query(openLog, [tenant, next.logId, next.origin, key, incarnation]));
      const voucher = terms.oldKey === 'good' ? terms.doubt.key : null;
      await step(tx.query(insertKey, [tenant, next.logId, key, voucher]));
      // As it is now that it is closed: a log whose key was given up went on until here.
      const head = await step(headHere(tx, tenant, terms.log));
      const draft = firstEntry(order, terms, head, { ...next, incarnation, key });
      const nowMs = await step(databaseNowMs(tx));
      const first = encodeEntry(draft, { id: mint('EntryId'), nowMs, tenant });
      const { id, bytes, leaf, entry } = first;
      await step(tx.query(insertFirst, [tenant, next.logId, bytes, leaf, id, entry.type, entry.time]));
      await step(tx.query(insertTile, [tenant, next.logId, leaf]));
      await step(tx.query(release, [tenant, order.number, next.logId]));
      return next.logId;
    },
    { retries: 3 },
  );
  pass?.('incarnation.begun');
  return logId;
}

/** Names the old log, how far it had come here and outside, why, and who ordered it. */
function firstEntry(
  order: SignedOrder,
  { doubt, reason, oldKey }: IncarnationTerms,
  head: Awaited<ReturnType<typeof headHere>>,
  log: { logId: string; origin: string; incarnation: number; key: string },
): EntryDraft {
  const { code, why, origin, key, places } = doubt;
  const { size, root, checkpoint } = head;
  return {
    type: 'log.started',
    actor: { kind: 'system', id: 'sequencer', channel: 'engine' },
    reason,
    code,
    data: {
      origin: log.origin,
      log: log.logId,
      incarnation: log.incarnation,
      key: log.key,
      before: {
        code,
        why,
        log: doubt.log,
        origin,
        key,
        size,
        root,
        checkpoint: checkpoint === null ? null : { ...checkpoint },
        places: places.map((word) => ({ ...word })),
      },
      old_key: oldKey,
      ...givenBy(order, order.signed, order.signers),
    },
  };
}
