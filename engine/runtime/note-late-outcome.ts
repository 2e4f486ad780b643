import type { Inbound, Reported } from './inbound.ts';
import { keepLateWord } from './store/queries/tasks.ts';
import type { World } from './world.ts';

/**
 * The target's word after a person's or after nobody's: it changes no step any more, and whoever answered, or
 * is still being asked, has to see it. Beside the entry that the late report leaves in any case.
 */
export async function noteLateOutcome(world: World, inbound: Inbound): Promise<void> {
  if (inbound.kind !== 'report') return;
  const { outcome } = inbound.reported;
  if (outcome.kind === 'unknown') return;
  const says = saysOf(inbound.reported);
  const { tx, parts, batch } = world;
  const task = await keepLateWord(tx, parts.tenant, inbound.attemptId, { outcome: outcome.kind, says });
  if (task === null) return;
  batch.entries.push({
    type: 'task.late-outcome',
    actor: { kind: 'system', id: 'worker', channel: 'worker' },
    runId: task.runId,
    step: task.stepPath,
    outcome: says === 'happened' ? 'success' : says === null ? 'unknown' : 'failure',
    reason: task.contradicts
      ? 'the target answered late and says otherwise than the person did; the step stays as it ended'
      : 'the target answered when its word did not count any more',
    data: {
      task: task.id,
      attempt: inbound.attemptId,
      reported: outcome.kind,
      stands: task.state,
      contradicts: task.contradicts,
    },
  });
}

/** A failure may be that of a look, and an acceptance is no effect: neither says what became of it. */
function saysOf(reported: Reported): 'happened' | 'did-not-happen' | null {
  switch (reported.outcome.kind) {
    case 'succeeded':
    case 'present':
      return 'happened';
    case 'absent':
      return 'did-not-happen';
    case 'failed':
    case 'accepted':
    case 'in-transition':
    case 'unknown':
    // An inverse that was not sent.
    case 'changed':
    case 'unread':
      return null;
  }
}
