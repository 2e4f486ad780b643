import type { RenderedAction } from '../contracts/command.ts';
import type { ActionStep, PlanGuard } from '../contracts/plan.ts';
import { guardNames } from '../run/visible-names.ts';
import { lookAt, type Sight } from './look-at.ts';
import type { PreviewGuard, PreviewValue } from './preview.ts';
import type { Hole, Room } from './room.ts';

/** What the playbook's own guards say about an action, as far as its arguments and target are known. */
export function judgeGuards(
  room: Room,
  step: ActionStep,
  rendered: RenderedAction,
  values: readonly PreviewValue[],
): PreviewGuard[] {
  const sight: Sight = {
    scope: guardNames(room.context, step.path, rendered),
    holes: [...room.holes, ...guardHoles(room, step, rendered, values)],
    hidden: room.hidden,
  };
  return room.context.env.plan.guards
    .filter((guard) =>
      guard.appliesTo.some((word) => word === rendered.class || word === rendered.action || word === step.id),
    )
    .flatMap((guard) => judge(guard, sight, rendered.target !== null));
}

function judge(guard: PlanGuard, sight: Sight, hasTarget: boolean): PreviewGuard[] {
  const { id, message, limit } = guard;
  if (guard.denyIf !== null) {
    const seen = lookAt(guard.denyIf, sight);
    const said = { id, message, limit: null, dependsOn: [] };
    if (seen.is === 'open') return [{ ...said, verdict: 'open', dependsOn: seen.dependsOn }];
    if (seen.is === 'error') {
      const why = `${message} (the guard could not be evaluated: ${seen.message})`;
      return [{ ...said, verdict: 'denies', message: why }];
    }
    return [{ ...said, verdict: seen.value === false ? 'allows' : 'denies' }];
  }
  if (limit === null || !hasTarget) return [];
  return [{ id, message, verdict: 'counts', dependsOn: [], limit }];
}

export function deniedBy(guards: readonly PreviewGuard[]): string | null {
  return guards.find((guard) => guard.verdict === 'denies')?.message ?? null;
}

/** Arguments that are open, and facts of the target that a read before this step may still bring. */
function guardHoles(
  room: Room,
  step: ActionStep,
  rendered: RenderedAction,
  values: readonly PreviewValue[],
): Hole[] {
  const open = values.filter((value) => !value.known);
  const holes: Hole[] = open.map(({ name }) => ['guard', 'arguments', name]);
  if (rendered.target === null) return holes;
  const targetOpen = open.some(({ name }) => name === step.action.target?.argument);
  if (targetOpen) holes.push(['guard', 'target', 'id']);
  if (!targetOpen && !room.factsOpen) return holes;
  const known = room.context.facts[`${rendered.target.kind}:${rendered.target.id}`] ?? {};
  const facts = ['name', 'role', 'criticality', 'tags', 'owner'].filter(
    (fact) => targetOpen || !Object.hasOwn(known, fact),
  );
  return [...holes, ...facts.map((fact) => ['guard', 'target', fact])];
}
