import { classRank } from '../core/contracts/action.ts';
import type { Command, LimitQuestion, RunEvent } from '../core/contracts/command.ts';
import type { Plan } from '../core/contracts/plan.ts';
import { everyStep } from '../core/run/list-steps.ts';
import { recordOf } from '../core/undo/undo-record.ts';
import { judgeDispatch } from './judge-dispatch.ts';
import { judgeVotesAgain } from './judge-votes-again.ts';
import { lookAtLease } from './let-go.ts';
import { reserveTarget, returnReservations } from './store/queries/reserve-targets.ts';
import { releaseHold } from './store/queries/undo-records.ts';
import { isBeingUndone } from './store/queries/write-holds.ts';
import { effectKey, type Moving, type World } from './world.ts';

type CheckGuards = Extract<Command, { kind: 'check-guards' }>;

/*
 * Playbook guards and the stop, then undos under way, then budgets: what costs nothing comes first. An
 * undo that is on its way out holds a containment of the same effect back; one that still waits, for
 * a person or for its next attempt, does not, and finds out here that it is not wanted any more.
 */
export async function checkGuards(world: World, moving: Moving, command: CheckGuards): Promise<RunEvent> {
  const { tx, parts } = world;
  const { ref, rendered } = command;
  const contains = classRank[rendered.class] >= classRank.contain;
  const verdict = judgeDispatch(command, moving.scope.run.playbookId, contains ? await world.stops() : []);
  if (verdict.type !== 'guard.allowed') return verdict;
  // Before a hold is let go or a target counted: what goes out on a yes that lapsed takes nothing with it.
  const lapsed = command.grant && (await judgeVotesAgain(tx, parts.tenant, ref, command.grant));
  if (lapsed) return lapsed;
  if (moving.scope.kind === 'undo') {
    const wanted = await wantedAgain(world, moving, command);
    if (wanted !== null) return wanted;
  }
  const effect = contains ? effectOf(moving.loaded.plan, rendered.action) : null;
  if (effect !== null && rendered.target !== null) {
    const leaving = world.inverses.has(effectKey(effect, rendered.target));
    if (leaving || (await isBeingUndone(tx, parts.tenant, effect, rendered.target))) {
      const message = `"${effect}" is just being taken back on this target`;
      return { type: 'guard.held', ref, by: 'undo', message };
    }
  }
  const exceeded = await reserve(world, moving, command);
  if (exceeded === null) return verdict;
  noteExceeded(world, moving, command, exceeded);
  const { guardId, message, onExceed } = exceeded;
  return { type: onExceed === 'ask' ? 'guard.ask' : 'guard.denied', ref, guardId, message };
}

/** Letting go once more says whether others hold the effect now, and leaves them its origin. */
async function wantedAgain(world: World, moving: Moving, command: CheckGuards): Promise<RunEvent | null> {
  const { given } = moving;
  const { ref } = command;
  await world.writeHoldsNow();
  if (given.frame?.undo?.askFirst !== undefined) {
    const outcome = await lookAtLease(world, moving, command.granted === true);
    if (outcome === 'gone') return { type: 'hold.wanted', ref, gone: true };
    return outcome === 'dispatch' || outcome === 'ask' ? null : { type: 'hold.wanted', ref };
  }
  const view = await releaseHold(world.tx, world.parts.tenant, recordOf(given).id);
  return view?.wanted ? { type: 'hold.wanted', ref } : null;
}

/** Counts the target against every budget, or against none when one of them is used up. */
async function reserve(world: World, moving: Moving, command: CheckGuards): Promise<LimitQuestion | null> {
  const { tx, parts } = world;
  const { ref, rendered, limits } = command;
  const { runId } = moving.scope;
  const target =
    rendered.target === null ? rendered.actionKey : `${rendered.target.kind}:${rendered.target.id}`;
  // In one order, so that two runs with the same budgets do not wait for each other in a circle.
  for (const limit of limits.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    if (await reserveTarget(tx, parts.tenant, limit, { target, runId, ref })) continue;
    await returnReservations(tx, parts.tenant, runId, ref);
    return limit;
  }
  return null;
}

function noteExceeded(world: World, moving: Moving, command: CheckGuards, limit: LimitQuestion): void {
  const { rendered, ref } = command;
  world.batch.entries.push({
    type: 'limit.exceeded',
    actor: { kind: 'system', id: 'guard', channel: 'engine' },
    runId: moving.scope.runId,
    step: ref,
    action: `${rendered.action}@${rendered.actionVersion}`,
    actionKey: rendered.actionKey,
    ...(rendered.target === null ? {} : { targets: [rendered.target] }),
    code: 'guard/limit-exceeded',
    reason: limit.message,
    data: { guard: limit.guardId, targets: limit.targets, per_ms: limit.perMs, on_exceed: limit.onExceed },
  });
}

const effects = new WeakMap<Plan, ReadonlyMap<string, string | null>>();

/** The state an action brings about, as its manifest said when the playbook was published. */
function effectOf(plan: Plan, action: string): string | null {
  let known = effects.get(plan);
  if (known === undefined) {
    const actions = everyStep(plan).flatMap((step) => (step.kind === 'action' ? [step.action] : []));
    known = new Map([...actions, ...Object.values(plan.inverses)].map((each) => [each.key, each.effect]));
    effects.set(plan, known);
  }
  return known.get(action) ?? null;
}
