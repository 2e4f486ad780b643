import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Code } from '../../../schemas/codes.ts';
import { freshSignInMs } from '../approval/fresh-sign-in.ts';

/*
 * What two people order about the log itself. Decides what an order says, what its digest is, and whether
 * somebody may propose or confirm it; refuses to know how it is carried out.
 */

export interface OrderCheckpoint {
  size: number;
  /** Hex. */
  root: string;
}

/** What a place outside holds, as far as the sequencer could ask it. */
export type PlaceWord =
  | ({ place: string } & OrderCheckpoint)
  | { place: string; size: 0; root: null }
  | { place: string; unknown: string };

/** Why the log is held, and what is known of it here and outside. */
export interface Doubt {
  code: 'audit/fork' | 'audit/integrity' | 'audit/bad-signature';
  why: string;
  log: string;
  origin: string;
  /** The key as the database names it. */
  key: string | null;
  /** Entries that the database has, and the root over them; null when its tiles do not make one. */
  size: number;
  root: string | null;
  /** The newest kept checkpoint of this database. */
  checkpoint: OrderCheckpoint | null;
  places: PlaceWord[];
}

interface Common {
  log: string;
  reason: string;
  proposedBy: string;
  /** Of the database, so that the same wish twice is two orders. */
  proposedAt: string;
}

export type OrderTerms = IncarnationTerms | KeyTerms | TruncationTerms | PlaceTerms;

export type IncarnationTerms = Common & {
  kind: 'incarnation';
  doubt: Doubt;
  /** Whether the old key may vouch for the new one; `lost` when it is lost or somebody else may have it. */
  oldKey: 'good' | 'lost';
};

/** The key in force hands over to a new one. */
export type KeyTerms = Common & { kind: 'key'; key: string };

/** The texts of `[from, to)` go, all hashes stay. */
export type TruncationTerms = Common & {
  kind: 'truncation';
  from: number;
  to: number;
  /** Over the first `to` entries, in hex. */
  root: string;
  retentionDays: number;
  /** Digest of the manifest of the export that keeps the texts. */
  archive: string;
};

/** A place outside is neither asked nor waited for any more. */
export type PlaceTerms = Common & {
  kind: 'place';
  place: string;
  /** Entries of the newest checkpoint that was brought there, of whatever log. */
  carried: number;
  /** Why it does not take any, as the sequencer met it last; null when it does. */
  problem: string | null;
};

/** What the log's key signs in the entry that says a truncation: whoever can only write entries cannot make one. */
export function truncationMessage(
  origin: string,
  { from, to, root }: Pick<TruncationTerms, 'from' | 'to' | 'root'>,
): string {
  return `riposte truncation v1\n${origin}\n${from}\n${to}\n${root}\n`;
}

/** What the key in force signs in the entry that names the next one, for the same reason. */
export function keyChangeMessage(origin: string, { from, to }: { from: string; to: string }): string {
  return `riposte key change v1\n${origin}\n${from}\n${to}\n`;
}

export type OrderKind = OrderTerms['kind'];

/**
 * Of these kinds one order is open at a time. The others go on beside it: a truncation waits for places outside, and
 * only giving one up helps where it is gone. In the order in which they are done.
 */
const apart: readonly OrderKind[][] = [['place'], ['incarnation', 'key'], ['truncation']];

export function kindsBeside(kind: OrderKind): readonly OrderKind[] {
  return apart.find((kinds) => kinds.includes(kind)) ?? [kind];
}

export function inOrder<T extends { terms: OrderTerms }>(orders: readonly T[]): T[] {
  const rank = ({ terms }: T) => apart.findIndex((kinds) => kinds.includes(terms.kind));
  return [...orders].sort((a, b) => rank(a) - rank(b));
}

export function encodeTerms(terms: OrderTerms): { text: string; digest: string } {
  const text = canonicalize(terms) ?? '';
  return { text, digest: digestOf(text) };
}

/** Null when the text is none of ours; it comes from the database and is read again before anything is done. */
export function readTerms(text: string): OrderTerms | null {
  try {
    const terms = JSON.parse(text) as OrderTerms;
    return canonicalize(terms) === text ? terms : null;
  } catch {
    return null;
  }
}

export function encodeDoubt(doubt: Doubt): string {
  return canonicalize(doubt) ?? '';
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`;
}

/** Who orders: a person, who proved just now who they are. */
export interface OrderingPerson {
  /** Null for service tokens. */
  personId: string | null;
  /** Null for tokens, which prove nothing about now. */
  signedInAtMs: number | null;
}

export interface OrderRefusal {
  code: Code;
  detail: string;
}

/** Null when this person may propose or confirm at all. */
export function judgePerson({ personId, signedInAtMs }: OrderingPerson, nowMs: number): OrderRefusal | null {
  if (personId === null) {
    return { code: 'approval/needs-person', detail: 'only people order anything about the log, two of them' };
  }
  // Whoever took a session or a token may not rewrite what the log is.
  if (signedInAtMs === null || nowMs - signedInAtMs > freshSignInMs) {
    return {
      code: 'auth/fresh-sign-in',
      detail: 'this needs a session signed in within the last five minutes; nothing was changed',
    };
  }
  return null;
}

/** How long the first person's word waits for the second, in ms: it is about the log and the reason of then. */
const proposalLastsMs = 24 * 3_600_000;

/** @returns ms since the epoch, from when on nobody confirms it any more */
export function proposalEndsMs(proposedAtMs: number): number {
  return proposedAtMs + proposalLastsMs;
}

/** Whether the second person's word counts: about exactly this order, in time, and not their own. */
export function judgeConfirmation(
  open: { digest: string; proposedBy: string; proposedAt: Date; state: string } | null,
  given: { digest: string; personId: string },
  nowMs: number,
): OrderRefusal | null {
  if (open === null || open.state !== 'proposed') {
    return { code: 'request/conflict', detail: 'nothing is proposed; nothing was changed' };
  }
  if (open.digest !== given.digest) {
    const detail = 'another order is proposed than the one you name; read it and confirm again';
    return { code: 'approval/digest-mismatch', detail };
  }
  if (open.proposedBy === given.personId) {
    return {
      code: 'approval/separation',
      detail: 'whoever proposed it cannot confirm it; a second person has to',
    };
  }
  if (nowMs >= proposalEndsMs(open.proposedAt.getTime())) {
    const detail = 'it was proposed more than a day ago, for reasons of then; propose it again';
    return { code: 'request/conflict', detail };
  }
  return null;
}

/**
 * The next log's id and origin. The key's fingerprint is in both: a database that was put back counts again
 * from an earlier incarnation, and must not meet the one that followed there before.
 */
export function nextLog(
  origin: string,
  incarnation: number,
  publicKey: Uint8Array,
): { logId: string; origin: string } {
  const mark = createHash('sha256').update(publicKey).digest('hex').slice(0, 8);
  const logId = `${incarnation}-${mark}`;
  return { logId, origin: `${origin.replace(/\/[0-9]+(-[0-9a-f]{8})?$/, '')}/${logId}` };
}
