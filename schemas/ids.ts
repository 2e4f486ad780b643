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
export type PasskeyId = Id<'PasskeyId'>;
export type AccountEventId = Id<'AccountEventId'>;
export type LotId = Id<'LotId'>;
export type SignalId = Id<'SignalId'>;
export type UndoId = Id<'UndoId'>;
export type TaskId = Id<'TaskId'>;
export type ArtifactId = Id<'ArtifactId'>;

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
  PasskeyId: 'pky',
  AccountEventId: 'acc',
  LotId: 'lot',
  SignalId: 'sig',
  UndoId: 'und',
  TaskId: 'tsk',
  ArtifactId: 'art',
} as const;

type Minted = keyof typeof prefixes;

/** Mints ids; a port, so that tests can own the sequence. */
export type MintId = <Kind extends Minted>(kind: Kind) => Id<Kind>;

export const mintId: MintId = (kind) => `${prefixes[kind]}_${nextBody()}` as never;

/* Asking the system for sixteen random bytes costs as much as for thousands, and more than the rest of an id. */
const random = new Uint8Array(4_096);
let randomUsed = random.length;
const body = Buffer.alloc(16);
let lastMs = Number.NEGATIVE_INFINITY;
let sequence = 0;

/** In order also within a millisecond and when the clock is set back (RFC 9562, 6.2, method 1). */
function nextBody(): string {
  if (randomUsed === random.length) {
    crypto.getRandomValues(random);
    randomUsed = 0;
  }
  const bytes = random.subarray(randomUsed, randomUsed + 16);
  randomUsed += 16;
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    // The upper half stays free, so that no millisecond has too few places.
    sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) & 0x7fffffff;
  } else {
    sequence += 1;
  }
  v7({ random: bytes, msecs: lastMs, seq: sequence }, body);
  return body.toString('hex');
}

/** The only tenant of a single-tenant installation; it still leads every key. */
export const defaultTenant = 'default' as TenantId;
