import type { TenantId } from '../../../schemas/ids.ts';
import { type Hash, sameHash } from '../../core/audit/merkle.ts';
import {
  hashesOnLevel,
  MissingTile,
  partialTiles,
  rootOfSize,
  splitHashes,
  tileHeight,
} from '../../core/audit/tiles.ts';
import { formatVerifierKey, parseVerifierKey, verifierKey } from '../../core/audit/verifier-key.ts';
import { invariant } from '../../core/contracts/invariant.ts';
import type { Database } from '../store/database.ts';
import { readHold } from '../store/queries/audit-orders.ts';
import type { Tx } from '../store/sql.ts';
import { AuditAlarm, LogHeld } from './alarm.ts';
import { readTiles } from './read-tiles.ts';
import { markOf } from './signing-key.ts';

export interface Claim {
  logId: string;
  origin: string;
  epoch: number;
  /** The log's, and one of this host's. */
  key: string;
  /** As it was found, or sealed last by this claim. */
  size: number;
  /** Over all of it, as its tiles were then. */
  root: Hash;
  /** Of the newest checkpoint; what is behind it is signed next. */
  keptSize: number;
}

/** The first log of a tenant is called `1`; a log that two people begin later is named by its order. */
const createLog = `
insert into audit_log_meta (tenant_id, log_id, origin)
select $1, '1', $2 where not exists (select 1 from audit_log_meta where tenant_id = $1)
on conflict do nothing`;

type Raised = Omit<Claim, 'key' | 'root' | 'keptSize'> & { vkey: string | null };

/** From here on every batch of an older epoch fails. Waits for a batch that is being committed. */
const raiseEpoch = `
update audit_log_meta set epoch = epoch + 1
where tenant_id = $1
  and log_id = (select log_id from audit_log_meta where tenant_id = $1 order by incarnation desc limit 1)
returning log_id as "logId", origin, epoch, size, vkey`;

const nameKey = `
update audit_log_meta set vkey = $3 where tenant_id = $1 and log_id = $2 and vkey is null`;

/**
 * Makes the caller the only sequencer of the tenant's newest log, creating the log when there is none.
 * The end of the log is checked first, so that nothing is ever appended to a log that was cut.
 * @param log what was compared with the places outside; its origin names a log that has yet to be created
 * @throws AuditAlarm when rows, tiles, size and newest checkpoint do not fit together, or the log has another
 *   key; LogHeld when another sequencer found it in doubt; Error when another log has begun meanwhile
 */
export async function claimLog(
  database: Database,
  tenant: TenantId,
  log: { logId: string; origin: string; publicKey: Uint8Array },
): Promise<Claim> {
  return await database.transaction(async (tx) => {
    await tx.query(createLog, [tenant, log.origin]);
    const { rows } = await tx.query<Raised>(raiseEpoch, [tenant]);
    const claim = rows[0];
    invariant(claim !== undefined, 'a log exists after it was created');
    if (claim.logId !== log.logId) throw new Error(`the log ${claim.logId} has begun; looking again`);
    // After the row lock: whoever sets a hold raises the epoch too, so one of us sees the other.
    const hold = await readHold(tx, tenant);
    if (hold !== null) throw new LogHeld(hold.reason);
    const key = await useKey(tx, tenant, claim, log.publicKey);
    return { ...claim, key, ...(await checkEnd(tx, tenant, claim)) };
  });
}

/** The log's key and no other: another one would make every earlier checkpoint look forged. */
async function useKey(
  tx: Tx,
  tenant: TenantId,
  { logId, origin, vkey }: Raised,
  publicKey: Uint8Array,
): Promise<string> {
  const mine = formatVerifierKey(verifierKey(origin, publicKey));
  if (vkey === null) await tx.query(nameKey, [tenant, logId, mine]);
  else if (vkey !== mine) {
    throw new AuditAlarm(
      'audit/key-missing',
      `the log ${origin} is signed with the key ${vkey}, which is not on this host: copy its file here as <RIPOSTE_AUDIT_KEY_FILE>.${markOfKey(vkey)}`,
    );
  }
  return mine;
}

function markOfKey(vkey: string): string {
  const key = parseVerifierKey(vkey);
  return key === null ? '<8 hex>' : markOf(key.publicKey);
}

/*
 * Rows under the last partial tile are fewer than a full one has. The limit is for the planner: of "from this index
 * on", without a value, it expects a third of the log, and then reads all of it.
 */
const selectEnd = `
select
  (select max(idx) from audit_log where tenant_id = $1 and log_id = $2) as "lastIndex",
  (select array_agg(leaf order by idx) from (
    select idx, leaf from audit_log where tenant_id = $1 and log_id = $2 and idx >= $3 order by idx limit ${tileHeight}
  ) as tail) as leaves,
  kept.size as "keptSize", kept.root as "keptRoot"
from (select) as always
left join (
  select size, root from audit_checkpoint where tenant_id = $1 and log_id = $2 order by size desc limit 1
) as kept on true`;

interface End {
  lastIndex: number | null;
  /** Of the rows under the last partial tile. */
  leaves: Uint8Array[] | null;
  keptSize: number | null;
  keptRoot: Uint8Array | null;
}

async function checkEnd(
  tx: Tx,
  tenant: TenantId,
  { logId, size }: Raised,
): Promise<{ root: Hash; keptSize: number }> {
  const tailFrom = hashesOnLevel(size, 1) * tileHeight;
  const { rows } = await tx.query<End>(selectEnd, [tenant, logId, tailFrom]);
  const end = rows[0];
  invariant(end !== undefined, 'the end of a log is one row');
  const length = end.lastIndex === null ? 0 : end.lastIndex + 1;
  if (length !== size) {
    throw new AuditAlarm('audit/integrity', `the log says ${size} entries, its last row makes it ${length}`);
  }
  const keptSize = end.keptSize ?? 0;
  if (keptSize > size) {
    throw new AuditAlarm(
      'audit/fork',
      `a checkpoint of ${keptSize} entries exists, the log has only ${size}`,
    );
  }
  const tileOf = await readTiles(tx, tenant, logId, [...partialTiles(size), ...partialTiles(keptSize)]);
  try {
    const root = rootOfSize(size, tileOf);
    const tail = tileOf({ level: 0, n: tailFrom / tileHeight });
    const leaves = end.leaves ?? [];
    const hashes = tail === undefined || size === tailFrom ? [] : splitHashes(tail);
    const same =
      hashes.length === leaves.length &&
      hashes.every((hash, at) => sameHash(hash, leaves[at] ?? hash.subarray(1)));
    if (!same) throw new AuditAlarm('audit/integrity', `rows from index ${tailFrom} differ from their tile`);
    if (end.keptRoot !== null && !sameHash(rootOfSize(keptSize, tileOf), end.keptRoot)) {
      throw new AuditAlarm(
        'audit/fork',
        `the checkpoint of ${keptSize} entries has another root than the log`,
      );
    }
    return { root, keptSize };
  } catch (error) {
    if (error instanceof MissingTile)
      throw new AuditAlarm('audit/integrity', error.message, { cause: error });
    throw error;
  }
}
