import { performance } from 'node:perf_hooks';

/**
 * One answer for all who ask the same: whoever comes while it is sought waits for it, and whoever comes soon after gets
 * it as well. A failure is shared while it happens and not kept.
 */
export function shareAnswer<Value>(ask: () => Promise<Value>, keptMs: number): () => Promise<Value> {
  let sought: Promise<Value> | null = null;
  let kept: { value: Value; until: number } | null = null;
  return async () => {
    if (sought !== null) return await sought;
    if (kept !== null && performance.now() < kept.until) return kept.value;
    sought = ask();
    try {
      const value = await sought;
      kept = { value, until: performance.now() + keptMs };
      return value;
    } finally {
      sought = null;
    }
  };
}
