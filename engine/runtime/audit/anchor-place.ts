import type { Hash } from '../../core/audit/merkle.ts';
import type { VerifierKey } from '../../core/audit/verifier-key.ts';

/*
 * A place outside the database that remembers checkpoints. It has to be one that the owner of the
 * database cannot change; without it a full rewrite by a holder of the key cannot be seen.
 */

export interface Carried {
  origin: string;
  size: number;
  root: Hash;
  /** The log's own signed note. */
  note: string;
}

/** The log as it is in the database at the time of asking. */
export interface LogTree {
  /** Hashes that prove the tree of `from` entries is a prefix of the carried one. */
  prove(from: number): Promise<Hash[]>;
  size(): Promise<number>;
}

/** A log and every key that it has had, as far as this host and this database know. */
export interface KnownLog {
  origin: string;
  keys: readonly VerifierKey[];
}

export interface AnchorPlace {
  /** Names the place in rows and messages; no secrets. */
  readonly name: string;
  /** `each`: it keeps every checkpoint. `newest`: it only needs the last one, and a proof of what lies between. */
  readonly wants: 'each' | 'newest';
  /**
   * The newest checkpoint of this log that the place holds; null when it holds none or cannot be asked
   * without being told.
   * @throws Error when the place does not answer
   */
  newest(log: KnownLog): Promise<{ size: number; root: Hash } | null>;
  /**
   * @returns cosignature lines to keep with the checkpoint
   * @throws AuditAlarm audit/fork when the place holds another history; Error when it cannot take it now
   */
  carry(checkpoint: Carried, log: KnownLog, tree: LogTree): Promise<Cosignature[]>;
}

export interface Cosignature {
  witness: string;
  line: string;
}
