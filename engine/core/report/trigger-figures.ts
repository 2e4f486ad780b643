/*
 * What became of the events that each trigger looked at, and of the runs it started. An event that came twice is one; one
 * that is not what the condition asks for is none of its.
 */

/** So many lines that say the same. `outcome` and `code` are those of a decision trace. */
export interface CountedTrace {
  triggerId: string;
  outcome: string;
  code: string | null;
  count: number;
}

export interface CountedRuns {
  triggerId: string;
  state: string;
  /** Nothing but reads were done. */
  audit: boolean;
  count: number;
}

export interface Reason {
  code: string;
  count: number;
}

export interface TriggerFigures {
  triggerId: string;
  started: number;
  /** Of those started, in mode audit. */
  audit: number;
  succeeded: number;
  failed: number;
  /** Queued, running, waiting for somebody, or being undone. */
  underWay: number;
  /** Undone in full, or as far as it went. */
  undone: number;
  /** Denied, cancelled, skipped. */
  other: number;
  /** Matched, and started nothing: the most frequent reason first. */
  suppressed: Reason[];
  /** Could not be judged or started. */
  errors: Reason[];
}

const suppressing = ['attached', 'skipped', 'disabled', 'expired', 'routed-away', 'own-doing', 'loop'];

export function triggerFigures(
  triggerId: string,
  allTraces: readonly CountedTrace[],
  allRuns: readonly CountedRuns[],
): TriggerFigures {
  const traces = allTraces.filter((each) => each.triggerId === triggerId);
  const runs = allRuns.filter((each) => each.triggerId === triggerId);
  const sum = (is: (run: CountedRuns) => boolean) => total(runs.filter(is));
  const inState = (...states: string[]) => sum(({ state }) => states.includes(state));
  const [started, succeeded] = [total(runs), inState('succeeded')];
  const failed = inState('failed', 'timed-out');
  const underWay = inState('queued', 'running', 'waiting', 'undoing');
  const undone = inState('undone', 'undo-incomplete');
  return {
    triggerId,
    started,
    audit: sum(({ audit }) => audit),
    ...{ succeeded, failed, underWay, undone },
    other: started - succeeded - failed - underWay - undone,
    suppressed: reasons(traces.filter(({ outcome }) => suppressing.includes(outcome))),
    errors: reasons(traces.filter(({ outcome }) => outcome === 'error')),
  };
}

function reasons(traces: readonly CountedTrace[]): Reason[] {
  const counts = new Map<string, number>();
  for (const { code, outcome, count } of traces)
    counts.set(code ?? outcome, (counts.get(code ?? outcome) ?? 0) + count);
  return [...counts]
    .map(([code, count]) => ({ code, count }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

function total(counted: readonly { count: number }[]): number {
  return counted.reduce((sum, { count }) => sum + count, 0);
}
