import { changesTargets } from '../contracts/action.ts';
import type { RenderedAction } from '../contracts/command.ts';
import type { ActionStep, PlanGuard } from '../contracts/plan.ts';
import type { GuardrailRule, Guardrails } from '../guard/guardrails.ts';
import { judgeGuardrails } from '../guard/judge-guardrails.ts';
import { guardNames, guardOf } from '../run/visible-names.ts';
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

/**
 * What the operator's guardrails say, by the function that judges before dispatch. A rule about something that only the
 * run finds out stays open. What other runs have used up of a budget is not known here.
 */
export function judgeRules(
  guardrails: Guardrails | null,
  room: Room,
  step: ActionStep,
  rendered: RenderedAction,
  values: readonly PreviewValue[],
): PreviewGuard[] {
  if (guardrails === null || !changesTargets(rendered.class)) return [];
  const { nowMs, given } = room.context.env;
  const guard = guardOf(room.context, rendered);
  const sight: Sight = {
    scope: { names: { guard }, nowMs },
    holes: guardHoles(room, step, rendered, values),
    hidden: room.hidden,
  };
  const said = { of: 'guardrails' as const, limit: null, dependsOn: [] };
  const open = guardrails.rules.flatMap((rule): (PreviewGuard & { rule: GuardrailRule })[] => {
    if (rule.match === null || !rule.classes.includes(rendered.class)) return [];
    const seen = lookAt(rule.match, sight);
    if (seen.is !== 'open') return [];
    return [{ ...said, rule, id: rule.id, message: rule.reason, verdict: 'open', dependsOn: seen.dependsOn }];
  });
  const settled = guardrails.rules.filter((rule) => !open.some((each) => each.rule === rule));
  const action = { class: rendered.class, guard, undoing: false, simulated: given.mode === 'audit' };
  const ruled = judgeGuardrails({ ...guardrails, rules: settled }, action, nowMs);
  const undecided = open.map(({ rule: _rule, ...each }) => each);
  if (ruled.answer === 'allow') return undecided;
  const verdict = ruled.answer === 'deny' ? 'denies' : 'asks';
  return [{ ...said, id: ruled.id, message: ruled.reason, verdict }, ...undecided];
}

function judge(guard: PlanGuard, sight: Sight, hasTarget: boolean): PreviewGuard[] {
  const { id, message, limit } = guard;
  if (guard.denyIf !== null) {
    const seen = lookAt(guard.denyIf, sight);
    const said = { id, of: 'playbook' as const, message, limit: null, dependsOn: [] };
    if (seen.is === 'open') return [{ ...said, verdict: 'open', dependsOn: seen.dependsOn }];
    if (seen.is === 'error') {
      const why = `${message} (the guard could not be evaluated: ${seen.message})`;
      return [{ ...said, verdict: 'denies', message: why }];
    }
    return [{ ...said, verdict: seen.value === false ? 'allows' : 'denies' }];
  }
  if (limit === null || !hasTarget) return [];
  return [{ id, of: 'playbook', message, verdict: 'counts', dependsOn: [], limit }];
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
