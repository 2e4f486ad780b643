import type { Plan } from '../../engine/core/contracts/plan.ts';
import { explorePlan, judgeExplored } from '../../engine/core/prove/prove-plan.ts';

/* What the proofs say about a plan, as sentences that a run could refute. */

export interface Claims {
  /** Not every path was followed: nothing is claimed. */
  bounded: boolean;
  /** Steps about which a property said that it does not hold, by code. */
  flagged(code: string, path: string): boolean;
  /** The step can run. */
  runs(path: string): boolean;
  /** The step can end with this word. */
  ends(path: string, status: string): boolean;
  /** The run can end so. */
  outcome(word: string): boolean;
}

/** Enough for nearly all of the generated plans; the rest claims nothing. */
const statesMax = 4_000;

export function claimsOf(plan: Plan): Claims {
  const { knowledge, explored } = explorePlan(plan, { bound: statesMax, everyStatus: false });
  const { violations, bounded } = judgeExplored({ plan, knowledge, explored });
  const flagged = new Set(violations.map(({ code, step }) => `${code} ${step.path}`));
  const runs = new Set<string>();
  const ends = new Set<string>();
  const outcomes = new Set<string | undefined>();
  for (const { node, facts } of explored.states) {
    if (node.mark.kind === 'over') outcomes.add(facts.get('ending'));
    if (node.step === null) continue;
    if (node.mark.kind === 'runs') runs.add(node.step.path);
    if (node.mark.kind === 'ended') ends.add(`${node.step.path} ${node.mark.status}`);
  }
  return {
    bounded,
    flagged: (code, path) => flagged.has(`${code} ${path}`),
    runs: (path) => runs.has(path),
    ends: (path, status) => ends.has(`${path} ${status}`),
    outcome: (word) => outcomes.has(word),
  };
}
