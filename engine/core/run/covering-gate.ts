import { recordDigest } from '../approval/action-plan.ts';
import { promiseOf } from '../approval/build-request.ts';
import type { RenderedAction } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import type { CoveredBy } from './context.ts';
import { runPath, stepOf, type Turn, updateStep } from './turn.ts';

/* Which gate's yes lets an action through, and how its entries name that yes. */

/**
 * The gate whose yes is about exactly this. None once that yes was found not to stand any more, or an approver
 * changed what goes out: whoever is asked since then is the one to say so.
 */
export function coveringGate(turn: Turn, step: ActionStep, rendered: RenderedAction): CoveredBy | null {
  const gate = turn.context.covered[step.path];
  if (gate === undefined || stepOf(turn, step.path).askAgain || hasLapsed(turn, step)) return null;
  const { runId } = turn.context.env.given;
  const record = recordDigest(runId, runPath(turn.context, step.path), rendered, promiseOf(step));
  return record === gate.record ? gate : null;
}

/** A yes that this would have gone out on, its own or the one in front of it, did not stand any more. */
export function hasLapsed(turn: Turn, step: ActionStep): boolean {
  return (stepOf(turn, step.path).voided ?? 0) > 0;
}

/**
 * From its rendering on, as with a yes of its own or one to a list: each entry says which request was granted
 * and what that was about. Both or neither: a name without what was approved is one that nobody can verify.
 */
export function nameGate(turn: Turn, step: ActionStep, { approvalId, digest }: CoveredBy): void {
  const known = approvalId !== undefined && digest !== undefined;
  updateStep(turn, step.path, { approvalId: known ? approvalId : null, digest: known ? digest : null });
}
