import type { RunId } from '../../schemas/ids.ts';
import type { RunGiven } from '../core/run/context.ts';

/** JSON of all that is kept: the runs under way at one time, if their alerts are of the usual few kilobytes. */
const keptCharsMax = 4_000_000;

/** What runs were given, which never changes; every move of a run asks for it, and an alert can be a megabyte. */
export interface KeptGivens {
  get(run: RunId): RunGiven | undefined;
  /** @param chars of its JSON */
  keep(run: RunId, given: RunGiven, chars: number): void;
}

export function createKeptGivens(charsMax = keptCharsMax): KeptGivens {
  const kept = new Map<RunId, { given: RunGiven; chars: number }>();
  let chars = 0;
  function forget(run: RunId): void {
    chars -= kept.get(run)?.chars ?? 0;
    kept.delete(run);
  }
  return {
    get(run) {
      const known = kept.get(run);
      if (known === undefined) return undefined;
      kept.delete(run);
      kept.set(run, known);
      return known.given;
    },
    keep(run, given, itsChars) {
      forget(run);
      if (itsChars > charsMax) return;
      kept.set(run, { given, chars: itsChars });
      chars += itsChars;
      // The one that was not asked for longest goes first.
      for (const oldest of kept.keys()) {
        if (chars <= charsMax) break;
        forget(oldest);
      }
    },
  };
}
