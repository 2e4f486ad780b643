import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { Failure, TargetKind } from './action.ts';

/*
 * A scope is one machine instance with its own snapshot (language reference 9.2): the run itself, one
 * item of a `foreach`, one round of a `repeat`, one inverse action of an undo. A loop is a scope too:
 * a small counter between a `foreach` (or an undo) and its items, so that five thousand items never
 * touch the run's snapshot. Scopes share nothing and tell each other things by messages, which are
 * rows: decision record 0011.
 */

export type ScopeKind = 'run' | 'loop' | 'item' | 'round' | 'undo';

/** Fixed when the scope is opened; stored beside its snapshot. */
export interface ScopeGiven {
  /**
   * `run`; a loop has its step's path (`run/sweep`), an item `run/sweep[key]`, a round `run/poll#3`, an
   * undo `run/back[12]`. A step's path is its scope's path plus its plan path below the scope's body.
   */
  path: string;
  kind: ScopeKind;
  /** Plan path of the body: `run`, the path of the `foreach` or `repeat` step, or `undo`. */
  body: string;
  /** The scope that is told when this one ends; null for the run. */
  parent: string | null;
  frame: Frame | null;
  item: LoopItem | null;
}

/** What a yes to a gate or a list was given under: it is enough for what is behind it as far as this reaches. */
export interface Under {
  /** Everybody who could have said it, later ones included. */
  approvers: string[];
  quorum: number;
  /** Set when one of them broke the glass: how many said yes in truth. */
  people?: number;
  /** Budgets that the question said were used up. */
  budgets: string[];
}

/** A yes to a whole list. */
export interface ListApproval {
  by: string[];
  comment: string;
  decidedAt: string;
  approvalId: string;
  /** Of the list, as it was asked about: each action that goes out on the yes names it. */
  digest: string | null;
  under?: Under;
}

/** What a body sees of the outside, frozen when its block began. One row per block, not per item. */
export interface Frame {
  /** `steps`, `vars`, loop variables of outer loops, `failure`. */
  names: JsonObject;
  facts: { [kindAndId: string]: JsonObject };
  /** The approval of the whole list, when it was asked: inner steps without a block of their own do not ask again. */
  approval: ListApproval | null;
  /** Where undo asks when it must. */
  undo: {
    ref: string;
    /** Whoever ordered it, after the end or with a cancel: not the one who decides about it. */
    excluded?: string[];
    /**
     * The end of a lease that asks (language reference 6): people are asked before anything is let go, and
     * without a yes the effect stays held. The text says why they are asked.
     */
    askFirst?: string;
    /** Ordered by a person who saw that the target had changed since: asked about with what was found. */
    knowing?: true;
  } | null;
}

export interface LoopItem {
  index: number;
  /** Unique in its loop; part of the item's path once encoded by `pathKey`. */
  key: string;
  /** The element; for an undo the `UndoRecord`. */
  value: Json;
}

/** How a scope ended, told to its parent. */
export interface ScopeResult {
  status: 'succeeded' | 'failed' | 'denied' | 'skipped' | 'cancelled';
  failure: { step: string; failure: Failure } | null;
  /** Item and round: outputs of its steps by id. Loop: `summary`, and `collected`, `items` when somebody reads them. */
  outputs: JsonObject;
  /** Item: the value of `collect`. */
  collected: Json;
  /** Round: what `until` said. */
  until: boolean | null;
  undo: UndoOutcome | null;
  /** A `stop` inside ended the whole run: whoever is told begins nothing more, however soon the run says so itself. */
  stops: boolean;
}

export type UndoOutcome =
  | 'undone'
  | 'retained'
  | 'left-as-found'
  | 'irreversible'
  | 'undo-failed'
  /** The target shows something else than our action left, so nothing was sent. A person decides. */
  | 'changed-since';

/** Before an inverse was sent: what the success had left, and what the target showed instead. */
export interface Seen {
  expected: JsonObject;
  found: JsonObject;
}

/** What takes a success back, with rendered arguments. */
export interface RecordedInverse {
  action: string;
  arguments: JsonObject;
  /** Those of the arguments that say how it was before, as the success was told. */
  told?: JsonObject;
}

/** One success that can be taken back, as the table keeps it. Plain JSON: it travels as a loop item's value. */
export interface UndoRecord {
  id: string;
  /** Order over the run and its attached children. */
  seq: number;
  runId: string;
  stepPath: string;
  stepName: string;
  /** Grows with each try to take it back. */
  generation: number;
  action: string;
  connection: string;
  target: { kind: TargetKind; id: string } | null;
  effect: string | null;
  origin: 'ours' | 'found' | 'unknown';
  inverse: RecordedInverse | { irreversible: string };
  loop: { path: string; maxParallel: number } | null;
  /** Nobody saw what it left, so there is nothing to compare the target with. */
  unseen?: true;
  /** What the target showed instead when somebody last tried to take it back. */
  seen?: Seen | null;
}
