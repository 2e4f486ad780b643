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
  /** Some path leaves every step of the run's own body as it is; null when not every path was followed. */
  leaves(outcome: string, status: (path: string) => string): boolean | null;
}

/** Enough for nearly all of the generated plans; the rest claims nothing. */
const statesMax = 4_000;

export function claimsOf(plan: Plan): Claims {
  const whole = wholeEnds(plan);
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
    leaves: (outcome, status) =>
      whole === null ? null : whole.some((end) => end.outcome === outcome && end.allows(status)),
  };
}

interface WholeEnd {
  outcome: string | undefined;
  allows(status: (path: string) => string): boolean;
}

/** How all steps together can end: many more states, so only where they are few. */
function wholeEnds(plan: Plan): WholeEnd[] | null {
  const { knowledge, explored } = explorePlan(plan, { bound: statesMax, everyStatus: true });
  if (explored.bounded) return null;
  const paths = knowledge.places.all.filter(({ body }) => body.path === 'run').map(({ step }) => step.path);
  return explored.states
    .filter(({ node }) => node.mark.kind === 'over')
    .map(({ facts }) => ({
      outcome: facts.get('ending'),
      allows: (status) =>
        paths.every((path) => (facts.get(`status ${path}`) ?? 'pending').split('|').includes(status(path))),
    }));
}
