import type { Command, DeadlineKind } from '../core/contracts/command.ts';
import type { Plan } from '../core/contracts/plan.ts';
import type { Snapshot, StepState } from '../core/run/context.ts';
import { allSteps } from '../core/run/list-steps.ts';
import { type Batch, gather } from './batch.ts';
import type { EngineParts } from './engine-parts.ts';
import type { LockedScope } from './store/queries/lock-scopes.ts';
import { revokeAttempt } from './store/queries/win-facts.ts';
import type { Tx } from './store/sql.ts';

const everyKind: DeadlineKind[] = [
  'expiry',
  'escalation',
  'deadline',
  'delay',
  'poll',
  'recheck',
  'run-timeout',
];

/**
 * Ends a run that met a mistake in the engine, so that nothing of it moves any more: orders that no
 * worker has are taken back, questions and deadlines end, and the snapshot stands at the machine's
 * end, where whatever still comes in is written down and changes nothing.
 */
export async function haltRun(
  tx: Tx,
  parts: EngineParts,
  batch: Batch,
  scope: LockedScope,
  plan: Plan,
  snapshot: Snapshot,
): Promise<Snapshot> {
  for (const row of batch.attempts) if (row.run_id === scope.runId) row.revoked = true;
  const end = (command: Command) => gather(batch, command, scope, parts.mint, { entryId: '' });
  end({ kind: 'clear-deadlines', ref: 'run', deadlines: everyKind });
  const steps = { ...snapshot.context.steps };
  for (const { path } of allSteps(plan)) {
    const state = steps[path];
    if (state?.status !== 'active') continue;
    await revokeAttempt(tx, parts.tenant, scope.runId, path);
    end({ kind: 'end-approval', ref: path, outcome: 'cancelled' });
    end({ kind: 'clear-deadlines', ref: path, deadlines: everyKind });
    steps[path] = halted(state);
  }
  return { value: 'closing', context: { ...snapshot.context, started: true, steps } };
}

function halted(state: StepState): StepState {
  const message =
    'the engine made a mistake while this step was active; look at the target and decide by hand';
  return {
    ...state,
    status: 'failed',
    phase: null,
    failure: { code: 'run/halted', kind: 'terminal', message },
  };
}
