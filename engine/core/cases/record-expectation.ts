import type {
  AskedApproval,
  Expectation,
  Hold,
  PerformedAction,
} from '../../../schemas/cases-v1.generated.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { isExact, showTarget } from './compare-performed.ts';
import { showOffset } from './instant.ts';
import type { Asked, Performed } from './offline-run.ts';
import type { Story } from './story.ts';

/*
 * What a case did, as an expectation that it meets: how the run ended, everything that changed a target,
 * who was asked, what is still held, and the steps that did not end well. What only reads or tells
 * is left out, as it is when cases are compared.
 */
export function expectationOf(story: Story): Expectation {
  if (story.notStarted !== null) return { run: 'not-started' };
  const steps = Object.fromEntries([...story.steps].filter(([, status]) => told.has(status)));
  const outputs: JsonObject = story.outputs;
  return {
    run: story.state as NonNullable<Expectation['run']>,
    ...(story.reason === '' || story.state === 'succeeded' ? {} : { reason: story.reason }),
    ...(Object.keys(steps).length === 0 ? {} : { steps: steps as NonNullable<Expectation['steps']> }),
    performed: story.performed.filter(isExact).map(performedAs),
    approvals: story.asked.map((each) => askedAs(each, story.startMs)),
    ...(Object.keys(outputs).length === 0 ? {} : { outputs }),
    holds: story.holds.map(
      ({ effect, target, origin }): Hold => ({ effect, target: showTarget(target), origin }),
    ),
  };
}

/** Words that the schema of expectations knows and that say more than that all went well. */
const told: ReadonlySet<string> = new Set(['failed', 'denied', 'cancelled']);

function performedAs(each: Performed): PerformedAction {
  return {
    action: each.action,
    step: each.step,
    ...(each.target === null ? { with: each.with } : { target: showTarget(each.target) }),
    ...(each.outcome === 'succeeded' ? {} : { outcome: each.outcome }),
    ...(each.undoOf === null ? {} : { undo_of: each.undoOf }),
  };
}

function askedAs(each: Asked, startMs: number): AskedApproval {
  return {
    step: each.step,
    ...(each.state === 'pending' ? {} : { outcome: each.state as NonNullable<AskedApproval['outcome']> }),
    ...(each.endedAtMs === null ? {} : { ended_at: showOffset(each.endedAtMs - startMs) }),
    ...(each.escalated === 0 ? {} : { escalated: each.escalated }),
  };
}
