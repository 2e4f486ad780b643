import type { RunId } from '../../schemas/ids.ts';

/** Which scope of which run: what messages, locks and inbounds are addressed to. */
export interface ScopeName {
  runId: RunId;
  /** `run`, `run/sweep`, `run/sweep[m1]`, `run/poll#3`. */
  path: string;
}

/** One text per scope, for sets and maps; a newline is in neither part. */
export function scopeKey(name: ScopeName): string {
  return `${name.runId}\n${name.path}`;
}
