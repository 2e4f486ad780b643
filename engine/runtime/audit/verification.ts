/*
 * What a verification found. Problems of kind `audit/integrity` mean that bytes changed after they were
 * sealed; `audit/semantic` that the sealed story contradicts itself.
 */

export interface Verification {
  ok: boolean;
  log: string;
  /** Entries that were recomputed. */
  size: number;
  /** Root over the rows as they are now, lower-case hex. */
  root: string;
  /** The lowest index that is known to be wrong; absent when nothing has an index or all is well. */
  firstBadIndex?: number;
  problems: VerificationProblem[];
  /** Problems beyond `maxProblems`, which are counted and not listed. */
  problemsLeftOut: number;
  /** The keys that were believed, each handed over by the one before: a word of the database's, unless one was given. */
  keys: string[];
  /** Kept checkpoints whose root was recomputed, and the newest of them. */
  checkpoints: number;
  checkpoint: { size: number; root: string; note: string | null } | null;
  /** Anchors from outside the database that were compared; without one a full rewrite cannot be seen. */
  anchors: number;
  /** Entries below this index were pruned provably: only their hashes were checked. */
  prunedBelow: number;
  /** About the log, as they were done, and those of them that two passkeys did not sign. */
  orders: { done: number; unsigned: number };
  /** Entries that have no index yet. */
  pending: number;
}

export interface VerificationProblem {
  code: 'audit/integrity' | 'audit/semantic' | 'audit/bad-signature';
  what: ProblemKind;
  /** First index concerned; null when the problem is not about entries. */
  index: number | null;
  /** Set when the wrong entry is only known to lie in `[index, before)`. */
  before?: number;
  message: string;
}

export type ProblemKind =
  | 'log-missing'
  | 'row-missing'
  | 'row-beyond-end'
  | 'entry-missing'
  | 'entry-unreadable'
  | 'leaf-mismatch'
  | 'data-missing'
  | 'data-mismatch'
  | 'column-mismatch'
  | 'tile-missing'
  | 'tile-mismatch'
  | 'tile-beyond-end'
  | 'checkpoint-mismatch'
  | 'checkpoint-beyond-end'
  | 'checkpoint-missing'
  | 'checkpoint-unsigned'
  | 'checkpoint-signature'
  | 'key-change-unsigned'
  | 'key-unnamed'
  | 'anchor-mismatch'
  | 'anchor-beyond-end'
  | 'first-entry'
  | 'outcome-without-attempt'
  | 'action-without-approval'
  | 'order-not-signed';

const semantic: ReadonlySet<ProblemKind> = new Set([
  'first-entry',
  'outcome-without-attempt',
  'action-without-approval',
  'order-not-signed',
]);

const unsigned: ReadonlySet<ProblemKind> = new Set([
  'checkpoint-unsigned',
  'checkpoint-signature',
  'key-change-unsigned',
  'key-unnamed',
]);

function codeOf(what: ProblemKind): VerificationProblem['code'] {
  if (unsigned.has(what)) return 'audit/bad-signature';
  return semantic.has(what) ? 'audit/semantic' : 'audit/integrity';
}

/** Collects at most `max` problems and counts the rest, so that a ruined log does not fill the memory. */
export class ProblemList {
  readonly problems: VerificationProblem[] = [];
  leftOut = 0;
  #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(what: ProblemKind, index: number | null, message: string, before?: number): void {
    if (this.problems.length >= this.#max) {
      this.leftOut += 1;
      return;
    }
    const code = codeOf(what);
    const range = before === undefined || index === null || before === index + 1 ? {} : { before };
    this.problems.push({ code, what, index, ...range, message });
  }

  /**
   * A changed entry also spoils the tile or checkpoint above it, which only tells a range. Such a range does
   * not count as soon as something narrower inside it explains it.
   */
  firstBadIndex(): number | undefined {
    const spans = this.problems.flatMap(({ index, before }) =>
      index === null ? [] : [{ from: index, to: before ?? index + 1 }],
    );
    const unexplained = spans.filter(
      (wide) =>
        !spans.some(
          (narrow) =>
            narrow.from >= wide.from && narrow.to <= wide.to && narrow.to - narrow.from < wide.to - wide.from,
        ),
    );
    return unexplained.length === 0 ? undefined : Math.min(...unexplained.map((span) => span.from));
  }
}
