import type { Command, RunEvent } from '../core/contracts/command.ts';
import type { ScopeSnapshot } from '../core/run/context.ts';
import { listen } from '../core/run/listen.ts';
import { recordOf } from '../core/undo/undo-record.ts';
import { checkGuards } from './check-guards.ts';
import { givePlace, takePlace } from './claim-place.ts';
import { decidingOf } from './decide-scope.ts';
import { lockSignals } from './deliver-signal.ts';
import type { Started } from './engine-parts.ts';
import { foreseeGuards } from './foresee-guards.ts';
import { lookAtLease, outcomeOfRelease, withdrawals } from './let-go.ts';
import { cancelChildren, startChild } from './start-child.ts';
import { earlierSignals } from './store/queries/earlier-signals.ts';
import type { LockedRun } from './store/queries/lock-scopes.ts';
import { subscribe } from './store/queries/subscribe.ts';
import { planUndo, releaseHold, unplanUndo } from './store/queries/undo-records.ts';
import { revokeAttempt } from './store/queries/win-facts.ts';
import { effectKey, type Moving, type World } from './world.ts';

/*
 * Commands that only the database can answer. Their answers are the next events of the same scope, in
 * the same transaction. What needs no answer becomes rows in `gather-command.ts`.
 */
export async function answerCommand(
  world: World,
  moving: Moving,
  snapshot: ScopeSnapshot,
  command: Command,
): Promise<RunEvent[]> {
  const { tx, parts } = world;
  const { scope } = moving;
  switch (command.kind) {
    case 'check-guards':
      return [await checkGuards(world, moving, command)];
    case 'foresee-guards':
      return [await foreseeGuards(world, moving, command)];
    case 'enqueue-attempt':
      noteInverse(world, moving, command);
      return [];
    case 'return-reservation':
      world.budgets.giveBack(scope.runId, command.ref);
      return [];
    case 'revoke-attempt':
      return (await revoke(world, moving, command.ref))
        ? [{ type: 'attempt.revoked', ref: command.ref }]
        : [];
    case 'plan-undo': {
      await world.writeHoldsNow();
      const steps = command.steps === 'all' ? null : command.steps;
      const { records, asking } = await planUndo(tx, parts.tenant, scope.runId, steps);
      world.planned.set(scope.runId, [
        ...(world.planned.get(scope.runId) ?? []),
        ...records.map(({ id }) => id),
      ]);
      world.batch.letters.push(...withdrawals(asking));
      return [{ type: 'undo.planned', ref: command.ref, records }];
    }
    case 'unplan-undo':
      await unplanUndo(tx, parts.tenant, command.records);
      return [];
    case 'release-hold': {
      await world.writeHoldsNow();
      if (command.asksFirst) {
        const outcome = await lookAtLease(world, moving, false);
        return [{ type: 'hold.released', ref: command.ref, outcome }];
      }
      const view = await releaseHold(tx, parts.tenant, command.recordId);
      return [{ type: 'hold.released', ref: command.ref, outcome: outcomeOfRelease(view) }];
    }
    case 'subscribe':
      return lookBack(world, moving, snapshot, command);
    case 'start-child':
      return [await startChild(world, moving, command)];
    case 'cancel-child':
      await cancelChildren(world, moving.scope.runId, command);
      return [];
    case 'give-place':
      await givePlace(world, scope.run);
      return [];
    case 'want-place':
      return (await takePlace(tx, parts.tenant, placeOf(scope.run), 'away'))
        ? [{ type: 'place.granted' }]
        : [];
    default:
      return [];
  }
}

/** A containment of the same effect that is decided about in this transaction has to see it. */
function noteInverse(
  world: World,
  { scope, given }: Moving,
  command: Extract<Command, { kind: 'enqueue-attempt' }>,
): void {
  if (scope.kind !== 'undo' || command.purpose !== 'perform') return;
  const { effect, target } = recordOf(given);
  if (effect !== null && target !== null) world.inverses.add(effectKey({ effect, ...target }));
}

function placeOf({ runId, concurrencyGroup, concurrencyLimit }: LockedRun): Started {
  return { runId, group: concurrencyGroup, limit: concurrencyLimit };
}

/** An attempt that no worker has yet: one of this very batch, or a queued row. */
async function revoke(world: World, moving: Moving, ref: string): Promise<boolean> {
  const { runId } = moving.scope;
  const fresh = world.batch.attempts.filter(
    (row) => row.run_id === runId && row.step_path === ref && !row.revoked,
  );
  for (const row of fresh) row.revoked = true;
  return fresh.length > 0 || (await revokeAttempt(world.tx, world.parts.tenant, runId, ref));
}

/** What happened before the wait, as far as it does something to it: others would only be ignored, one by one. */
async function lookBack(
  world: World,
  moving: Moving,
  snapshot: ScopeSnapshot,
  { ref, type, key, sinceMs }: Extract<Command, { kind: 'subscribe' }>,
): Promise<RunEvent[]> {
  const { tx, parts } = world;
  await lockSignals(tx, parts.tenant, type);
  await subscribe(tx, parts.tenant, { scope: moving.scope, ref, type, key });
  const hear = listen(decidingOf(world, moving), snapshot, ref);
  const told: RunEvent[] = [];
  for await (const { id, data } of earlierSignals(tx, parts.tenant, { type, key, sinceMs })) {
    const { does } = hear(data);
    // Only the first that cannot be read is written down.
    if (does === 'end' || (does === 'note' && told.length === 0))
      told.push({ type: 'signal.arrived', ref, signalId: id, signal: data });
    if (does === 'end') break;
  }
  return told;
}
