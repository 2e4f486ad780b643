import { getRandomValues } from 'node:crypto';
import { v7 } from 'uuid';

/*
 * Every id is an opaque string with a kind prefix, minted here and nowhere else.
 * The body is a UUIDv7, so ids of one kind sort by the moment they were minted and
 * neighbours share index pages. Renaming a prefix breaks stored rows and links.
 */

type Id<Kind extends string> = string & { readonly __id: Kind };

export type TenantId = Id<'TenantId'>;
export type AlertId = Id<'AlertId'>;
export type IncidentId = Id<'IncidentId'>;
export type RunId = Id<'RunId'>;
export type AttemptId = Id<'AttemptId'>;
export type ApprovalId = Id<'ApprovalId'>;
export type DecisionId = Id<'DecisionId'>;
export type DeadlineId = Id<'DeadlineId'>;
export type EntryId = Id<'EntryId'>;
export type PersonId = Id<'PersonId'>;
export type TokenId = Id<'TokenId'>;
export type LotId = Id<'LotId'>;
export type SignalId = Id<'SignalId'>;
export type UndoId = Id<'UndoId'>;
export type TaskId = Id<'TaskId'>;

const prefixes = {
  AlertId: 'alr',
  IncidentId: 'inc',
  RunId: 'run',
  AttemptId: 'att',
  ApprovalId: 'apr',
  DecisionId: 'dec',
  DeadlineId: 'due',
  EntryId: 'ent',
  PersonId: 'per',
  TokenId: 'tok',
  LotId: 'lot',
  SignalId: 'sig',
  UndoId: 'und',
  TaskId: 'tsk',
} as const;

type Minted = keyof typeof prefixes;

/** Mints ids; a port, so that tests can own the sequence. */
export type MintId = <Kind extends Minted>(kind: Kind) => Id<Kind>;

/**
 * The library's own randomness is asked for sixteen bytes at a time, which was most of what an id cost. Its rule for
 * ids of one millisecond is kept: they count on from a random number.
 */
function createMint(): MintId {
  const pool = new Uint8Array(4_096);
  const id = Buffer.alloc(16);
  let used = pool.length;
  let msecs = Number.NEGATIVE_INFINITY;
  let seq = 0;
  return (kind) => {
    if (used === pool.length) {
      getRandomValues(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + 16);
    used += 16;
    const nowMs = Date.now();
    if (nowMs > msecs) {
      msecs = nowMs;
      seq = new DataView(random.buffer, random.byteOffset + 6).getUint32(0) & 0x7f_ff_ff_ff;
    } else {
      seq = (seq + 1) | 0;
      if (seq === 0) msecs += 1;
    }
    v7({ random, msecs, seq }, id);
    return `${prefixes[kind]}_${id.toString('hex')}` as never;
  };
}

export const mintId: MintId = createMint();

/** The only tenant of a single-tenant installation; it still leads every key. */
export const defaultTenant = 'default' as TenantId;
