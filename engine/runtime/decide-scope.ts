import type { RunEvent } from '../core/contracts/command.ts';
import { InvariantBroken } from '../core/contracts/invariant.ts';
import type { ScopeSnapshot } from '../core/run/context.ts';
import { type Deciding, type Decision, decide } from '../core/run/decide.ts';
import type { Moving, World } from './world.ts';

/** A decision is pure: one that breaks off would break off again, and keep everybody busy for ever. */
export function decideScope(
  world: World,
  moving: Moving,
  snapshot: ScopeSnapshot,
  event: RunEvent,
): Decision {
  try {
    return decide(decidingOf(world, moving), snapshot, event);
  } catch (error) {
    if (error instanceof InvariantBroken) throw error;
    const what = error instanceof Error ? error.name : 'unknown error';
    throw new InvariantBroken(`the decision about ${event.type} broke off: ${what}`);
  }
}

export function decidingOf(world: World, { loaded, scope, given }: Moving): Deciding {
  return {
    plan: loaded.plan,
    given: scope.run.given,
    scope: given,
    nowMs: world.nowMs,
    connections: world.parts.connections,
    ...(world.parts.sends !== undefined && { sends: world.parts.sends }),
  };
}
