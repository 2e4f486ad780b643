import type { AlertId, IncidentId } from '../../schemas/ids.ts';
import type { Command } from '../core/contracts/command.ts';
import { buildRunSignal } from '../core/intake/build-run-signal.ts';
import type { ScopeSnapshot } from '../core/run/context.ts';
import { everyStep } from '../core/run/list-steps.ts';
import { emitSignals } from './emit-signal.ts';
import { tellCaller } from './start-child.ts';
import { hasFailedUndo } from './store/queries/undo-records.ts';
import type { Moving, World } from './world.ts';

/**
 * What the end of a run means for others: its caller is told, and a failure may start playbooks and
 * end waits. Returns the state that stays.
 */
export async function endRun(
  world: World,
  moving: Moving,
  snapshot: ScopeSnapshot,
  finish: Extract<Command, { kind: 'finish-run' }>,
): Promise<string> {
  await tellCaller(world, moving.scope.run, finish);
  if (finish.outcome === 'failed') await tellFailure(world, moving, finish.reason);
  return (await isUndoIncomplete(world, moving, snapshot)) ? 'undo-incomplete' : finish.outcome;
}

async function tellFailure(world: World, { scope: { run } }: Moving, reason: string): Promise<void> {
  const { tx, parts, batch, nowMs } = world;
  const severity = run.given.alert?.severity;
  const event = buildRunSignal(parts.mint('SignalId'), {
    id: run.runId,
    playbook: run.playbookId,
    state: 'failed',
    reason,
    severity: typeof severity === 'string' ? severity : null,
    endedAtMs: nowMs,
    chain: run.given.chain,
  });
  const { alertId, incidentId } = run.given;
  const origin = {
    alertId: alertId as AlertId | null,
    incidentId: incidentId as IncidentId | null,
    causedBy: run.runId,
    sourceKey: null,
  };
  world.mail.push(...(await emitSignals(tx, parts, [{ event, origin }])));
  batch.signals = true;
}

/** What could not be taken back is more than an outcome: somebody has to look (language reference 6). */
async function isUndoIncomplete(world: World, moving: Moving, snapshot: ScopeSnapshot): Promise<boolean> {
  const asked = 'context' in snapshot && snapshot.context.undoAll;
  const planned = everyStep(moving.loaded.plan).some(
    (step) => step.kind === 'undo' || step.onError.then === 'undo',
  );
  return (asked || planned) && (await hasFailedUndo(world.tx, world.parts.tenant, moving.scope.runId));
}
