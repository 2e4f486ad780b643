/**
 * Work that can be put down between its pieces, for whoever has others to answer meanwhile. It says nothing at a
 * pause; the result is what it returns.
 */
export type InPieces<Result> = Generator<undefined, Result, undefined>;

/** All of it at once. */
export function atOnce<Result>(work: InPieces<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
