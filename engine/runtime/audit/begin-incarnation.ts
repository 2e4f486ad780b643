import type { MintId, TenantId } from '../../../schemas/ids.ts';
import { encodeEntry } from '../../core/audit/entry.ts';
import { type Doubt, nextLog } from '../../core/audit/order.ts';
import { formatVerifierKey, verifierKey } from '../../core/audit/verifier-key.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import { whyStale } from '../order-audit.ts';
import type { Database } from '../store/database.ts';
import { type OpenOrder, readNewestLog, readOpenOrder } from '../store/queries/audit-orders.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Tx } from '../store/sql.ts';
import type { LogSigner } from './signing-key.ts';

/*
 * A log that contradicts what was published is closed for ever, and another one begins, by the word of two
 * people. One transaction: the old log closed, the new one with its first entry, the order done, the hold
 * ended. A crash before it leaves a key file that nothing names; a crash after it leaves nothing to do.
 */

/** Waits for a batch that is being committed, and fences whoever leads. */
const closeLog = `
update audit_log_meta set closed_at = clock_timestamp(), epoch = epoch + 1 where tenant_id = $1 and closed_at is null`;

const openLog = `
insert into audit_log_meta (tenant_id, log_id, origin, vkey, incarnation, size) values ($1, $2, $3, $4, $5, 1)`;

const insertFirst = `
insert into audit_log (tenant_id, log_id, idx, entry, leaf, entry_id, type, at)
values ($1, $2, 0, $3, $4, $5, $6, $7)`;

const insertTile = `
insert into audit_tile (tenant_id, log_id, level, n, hashes) values ($1, $2, 0, 0, $3)`;

const release = 'select begin_incarnation($1, $2, $3)';

const refuse = 'select refuse_audit_order($1, $2, $3, $4, $5, $6)';

export interface Beginning {
  database: Database;
  tenant: TenantId;
  mint: MintId;
}

/**
 * Does what two people ordered, if it is still so.
 * @param signer a new key, on the disk already: the old one may be known to whoever made the fork
 * @returns the new log's id; null when there is no such order any more, or it was refused
 */
export async function beginIncarnation(
  { database, tenant, mint }: Beginning,
  digest: string,
  signer: LogSigner,
): Promise<string | null> {
  return await database
    .transaction(
      async (tx) => {
        await tx.query(closeLog, [tenant]);
        const order = await readOpenOrder(tx, tenant);
        if (order?.state !== 'confirmed' || order.terms.kind !== 'incarnation' || order.digest !== digest) {
          throw new NothingOrdered();
        }
        const stale = await whyStale(tx, { tenant }, order);
        if (stale !== null) throw new NothingOrdered(order, stale);
        const before = await readNewestLog(tx, tenant);
        const incarnation = (before?.incarnation ?? 1) + 1;
        const next = nextLog(order.terms.doubt.origin, incarnation, signer.publicKey);
        const key = formatVerifierKey(verifierKey(next.origin, signer.publicKey));
        await tx.query(openLog, [tenant, next.logId, next.origin, key, incarnation]);
        const nowMs = await databaseNowMs(tx);
        const first = firstEntry(order, { ...next, incarnation, key });
        const { id, bytes, leaf, entry } = encodeEntry(first, { id: mint('EntryId'), nowMs, tenant });
        await tx.query(insertFirst, [tenant, next.logId, bytes, leaf, id, entry.type, entry.time]);
        await tx.query(insertTile, [tenant, next.logId, leaf]);
        await tx.query(release, [tenant, order.number, next.logId]);
        return next.logId;
      },
      { retries: 3 },
    )
    .catch(async (error: unknown) => {
      if (!(error instanceof NothingOrdered)) throw error;
      const { order, why } = error;
      if (order !== null && why !== null)
        await database.transaction((tx) => refuseOrder(tx, tenant, mint, order, why));
      return null;
    });
}

/** Rolls back what the transaction had begun: the log stays as it is. */
class NothingOrdered extends Error {
  readonly order: OpenOrder | null;
  readonly why: string | null;
  constructor(order: OpenOrder | null = null, why: string | null = null) {
    super(why ?? 'nothing is ordered');
    this.order = order;
    this.why = why;
  }
}

async function refuseOrder(
  tx: Tx,
  tenant: TenantId,
  mint: MintId,
  order: OpenOrder,
  why: string,
): Promise<void> {
  const { kind, log } = order.terms;
  const draft: EntryDraft = {
    type: 'log.order-refused',
    actor: sequencer,
    outcome: 'failure',
    code: 'request/conflict',
    reason: why,
    data: { kind, log, digest: order.digest },
  };
  const nowMs = await databaseNowMs(tx);
  const { id, bytes, leaf } = encodeEntry(draft, { id: mint('EntryId'), nowMs, tenant });
  await tx.query(refuse, [tenant, order.number, why, id, bytes, leaf]);
}

const sequencer = { kind: 'system', id: 'sequencer', channel: 'engine' } as const;

/** Names the old log, how far it had come here and outside, why, and who ordered it. */
function firstEntry(
  order: OpenOrder,
  log: { logId: string; origin: string; incarnation: number; key: string },
): EntryDraft {
  const { doubt, reason } = order.terms;
  return {
    type: 'log.started',
    actor: sequencer,
    reason,
    code: 'audit/fork' === doubt.code ? 'audit/fork' : 'audit/integrity',
    data: {
      origin: log.origin,
      log: log.logId,
      incarnation: log.incarnation,
      key: log.key,
      before: beforeOf(doubt),
      order: order.digest,
      proposed_by: order.proposedBy,
      confirmed_by: order.confirmedBy,
    },
  };
}

function beforeOf({ code, why, log, origin, key, size, root, checkpoint, places }: Doubt) {
  return {
    code,
    why,
    log,
    origin,
    key,
    size,
    root,
    checkpoint: checkpoint === null ? null : { ...checkpoint },
    places: places.map((word) => ({ ...word })),
  };
}
