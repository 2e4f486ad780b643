import { setImmediate } from 'node:timers/promises';
import type { InPieces } from '../core/compile/in-pieces.ts';

/** Lets leases be renewed and requests answered between the pieces of a long piece of thought. */
export async function betweenOthers<Result>(work: InPieces<Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}
