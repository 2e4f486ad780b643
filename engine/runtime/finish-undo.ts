import type { EntryDraft } from '../core/contracts/entry.ts';
import type { ScopeResult } from '../core/contracts/scope.ts';
import { forgetAsked } from './store/queries/leases.ts';
import { endShownUndo, endUndo, settleIncomplete } from './store/queries/undo-ended.ts';
import { closedLoops } from './store/queries/write-batch.ts';
import type { Moving, World } from './world.ts';

const engine = { kind: 'system', id: 'engine', channel: 'engine' } as const;

/*
 * The end of an undo that no step waits for. Nobody is told by a message: the run's own machine ended
 * long ago, so its row is settled here, in the transaction in which the loop ends.
 */
export async function finishUndo(world: World, { scope }: Moving, result: ScopeResult): Promise<void> {
  const { tx, parts, batch } = world;
  const { runId, path } = scope;
  // First: which records are left is what the state says.
  await tx.query(closedLoops, [parts.tenant, JSON.stringify([{ run_id: runId, path }])]);
  const state = await endUndo(tx, parts.tenant, runId, path);
  await endShownUndo(tx, parts.tenant, scope, result);
  await forgetAsked(tx, parts.tenant, runId, path);
  // Also of others: a restart is taken back together with what it goes on from, and either can be.
  for (const settled of await settleIncomplete(tx, parts.tenant, runId)) {
    if (settled.state === 'undo-incomplete') continue;
    batch.entries.push({
      type: 'run.undo-finished',
      actor: engine,
      runId: settled.id,
      outcome: 'success',
      data: { state: settled.state, by: runId },
    });
  }
  // The end of a lease changes no run; what became of the record is written with it.
  if (state === null) return;
  const entry: EntryDraft = {
    type: 'run.undo-finished',
    actor: engine,
    runId,
    step: path,
    outcome: result.status === 'succeeded' ? 'success' : 'failure',
    ...(result.failure === null
      ? {}
      : { code: result.failure.failure.code, reason: result.failure.failure.message }),
    data: { state, ...result.outputs },
  };
  batch.entries.push(entry);
}
