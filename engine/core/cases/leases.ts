import type { ScopeSnapshot, StepState } from '../run/context.ts';
import { toPlanPath } from '../run/scope-path.ts';
import { refOfLease, undoAfterEnd } from '../undo/undo-after-end.ts';
import { inversePath } from '../undo/undo-record.ts';
import type { Target } from './holds.ts';
import { openLoop } from './inner-scopes.ts';
import type { OfflineRecord } from './offline-run.ts';
import type { Asking } from './undo-records.ts';
import type { World } from './world.ts';

/*
 * The end of leases while a run of the case still moves (`runtime/keep-leases.ts` on the case's clock). Those that
 * end after all runs have ended are not played: nothing of the case would show them.
 */

export function endLease(world: World, kept: OfflineRecord): void {
  const { lease, run, record } = kept;
  if (lease === null || lease.asked !== null || kept.state !== 'done' || lease.untilMs > world.nowMs) return;
  const scope = run.scopes.get('run');
  if (scope === undefined || scope.snapshot === null) return;
  lease.ends += 1;
  const ref = refOfLease(record.seq, lease.ends);
  if (lease.atEnd === 'release') kept.state = 'undoing';
  else lease.asked = ref;
  const until = new Date(lease.untilMs).toISOString();
  const order = undoAfterEnd(
    {
      plan: run.plan,
      given: run.given,
      scope: scope.given,
      nowMs: world.nowMs,
      connections: world.parts.connections,
    },
    scope.snapshot,
    {
      ref,
      records: [{ ...record }],
      ...(lease.atEnd === 'ask' && {
        askFirst: `its lease ended at ${until}; without a yes it stays as long again`,
      }),
    },
  );
  openLoop(world, scope, order, null);
}

/** Questions about the ends of leases that something else has settled. */
export function withdraw(world: World, asking: readonly Asking[]): void {
  for (const { run, path } of asking) {
    const loop = run.scopes.get(path);
    if (loop !== undefined && !loop.ended) world.post(loop, { type: 'scope.halt' });
  }
}

/** Containments that were held back by an undo of this target look again at once. */
export function wakeHeld(world: World, { kind, id }: Target): void {
  world.agenda.hurry(world.nowMs, (thing) => {
    if (thing.kind !== 'deadline' || thing.deadline !== 'recheck') return false;
    const { scope, ref } = thing;
    const state = stepsOf(scope.snapshot)[toPlanPath(scope.given, ref)];
    const target = state?.rendered?.target;
    return state?.phase === 'held' && target?.kind === kind && target.id === id;
  });
}

/** Where the inverse of a record is that somebody has begun to take back; null where nobody has yet. */
export function phaseOfUndo(world: World, kept: OfflineRecord): string | null {
  for (const run of world.runs) {
    for (const scope of run.scopes.values()) {
      if (scope.ended || world.records.recordOf(scope) !== kept) continue;
      return stepsOf(scope.snapshot)[inversePath]?.phase ?? null;
    }
  }
  return null;
}

function stepsOf(snapshot: ScopeSnapshot | null): { [path: string]: StepState } {
  return snapshot !== null && 'context' in snapshot ? snapshot.context.steps : {};
}
