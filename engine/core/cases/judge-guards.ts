import { classRank } from '../contracts/action.ts';
import type { Command, RunEvent } from '../contracts/command.ts';
import { stepAt } from '../run/list-steps.ts';
import { toPlanPath } from '../run/scope-path.ts';
import { phaseOfUndo } from './leases.ts';
import type { OfflineScope } from './offline-run.ts';
import type { World } from './world.ts';

type CheckGuards = Extract<Command, { kind: 'check-guards' }>;

/**
 * Playbook guards, then undos under way, then budgets: the order of `runtime/check-guards.ts`, without what an
 * installation adds to it.
 */
export function judgeGuards(world: World, scope: OfflineScope, command: CheckGuards): RunEvent {
  const { ref, deny } = command;
  if (deny !== null) {
    const { guardId, message, missing = [] } = deny;
    if (missing.length === 0) return { type: 'guard.denied', ref, guardId, message };
    const unknown = missing.map((fact) => `guard.target.${fact}`).join(', ');
    const why = `${message} (${unknown} is not known: no step has looked it up)`;
    return { type: 'guard.denied', ref, guardId, message: why, code: 'guard/unknown-fact' };
  }
  return (
    wantedAgain(world, scope, command) ??
    heldByUndo(world, scope, command) ??
    world.budgets.judge(scope, command, world.nowMs)
  );
}

/** Before an inverse goes out it lets go once more: meanwhile others may have come to want the effect. */
function wantedAgain(world: World, scope: OfflineScope, { ref, granted }: CheckGuards): RunEvent | null {
  const kept = world.records.recordOf(scope);
  if (kept === null) return null;
  const { id } = kept.record;
  if (scope.given.frame?.undo?.askFirst !== undefined) {
    const outcome = world.records.lookAtLease(id, scope.given.parent, granted === true);
    if (outcome === 'gone') return { type: 'hold.wanted', ref, gone: true };
    return outcome === 'dispatch' || outcome === 'ask' ? null : { type: 'hold.wanted', ref };
  }
  return world.records.release(id) === 'retained' ? { type: 'hold.wanted', ref } : null;
}

/** Nobody contains what is just being given back; an undo that waits asks for the holds again before it goes out. */
function heldByUndo(world: World, scope: OfflineScope, { ref, rendered }: CheckGuards): RunEvent | null {
  const step = stepAt(scope.run.plan, toPlanPath(scope.given, ref));
  const { target } = rendered;
  const contains = classRank[rendered.class] >= classRank.contain;
  if (!contains || step?.kind !== 'action' || step.action.effect === null || target === null) return null;
  const { effect } = step.action;
  const under = world.records
    .undoing(effect, target)
    .some((kept) => !waiting.has(phaseOfUndo(world, kept) ?? ''));
  if (!under) return null;
  const message = `"${effect}" is just being taken back on this target`;
  return { type: 'guard.held', ref, by: 'undo', message };
}

const waiting: ReadonlySet<string> = new Set(['asking', 'held', 'backing-off', 'undecided']);
