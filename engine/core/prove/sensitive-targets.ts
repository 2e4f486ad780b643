import type { Json } from '../../../schemas/json.ts';
import { classRank, type TargetKind } from '../contracts/action.ts';
import type { ActionStep, Plan, PlanStep } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { type Places, resolveId } from './places.ts';

/*
 * Which targets nobody may contain by surprise, and how a playbook would know that it holds one: a
 * lookup of the same target tells a host's role or an account's privileges. A target that was not looked
 * up, or of which the lookup knows nothing, is unknown; unknown counts like the worst.
 */

export interface Suspicion {
  /** As a sentence about the target: "the host is a server". */
  words: string;
  /** A condition that would ask. */
  advice: string;
  /** The constant behind each text, when the lookup that tells it has succeeded. */
  values: ReadonlyMap<string, { lookup: string; value: Json }>;
}

/** Kinds that can be a server or a privileged account, or hide one. A mail or a file is neither. */
const sensitiveKinds: ReadonlySet<TargetKind> = new Set(['host', 'user', 'mailbox', 'ip']);

export function isSensitive(step: ActionStep): boolean {
  const { class: impact, target } = step.action;
  return (
    (impact === 'contain' || impact === 'eradicate') && (target === null || sensitiveKinds.has(target.kind))
  );
}

interface Lookup {
  step: ActionStep;
  id: string;
}

/** Read steps that look at the very target of an action step, visible where it stands. */
export function lookupsOf(step: ActionStep, places: Places): Lookup[] {
  const { target } = step.action;
  const { body } = places.of(step.path);
  const wanted = target === null ? undefined : step.with[target.argument];
  if (target === null || wanted === undefined) return [];
  return places.all.flatMap(({ step: other }) => {
    if (other.kind !== 'action' || other.action.class !== 'read') return [];
    if (resolveId(body, other.id) !== other.path || other.action.target?.kind !== target.kind) return [];
    const asked = other.with[other.action.target.argument];
    if (JSON.stringify(asked) === JSON.stringify(wanted)) return [{ step: other, id: other.id }];
    // What one lookup calls the target, the next one asks for: both look at the same thing.
    return isIdentityOf(wanted, other.id) && asked !== undefined
      ? [{ step: other, id: other.id }, ...(other === step ? [] : lookupsOf(other, places))]
      : [];
  });
}

/** The target is named by what the lookup says is its own identity. */
function isIdentityOf(template: Template, id: string): boolean {
  if (template.t !== 'expr') return false;
  const match =
    /^steps\.([a-z0-9_]+)\.outputs\.\??(id|upn|user_id|host_id|object_id|machine_id|directory_id|device_id)(\.orValue\(""\))?$/.exec(
      template.expr,
    );
  return match?.[1] === id;
}

export function suspicionsOf(step: ActionStep, places: Places): Suspicion[] {
  const lookups = lookupsOf(step, places);
  const id = lookups[0]?.id ?? 'asset';
  const host = `approval: { when: 'steps.${id}.outputs.role != "workstation"' }`;
  const user = `approval: { when: steps.${id}.outputs.is_privileged }`;
  const kind = step.action.target?.kind;
  switch (kind) {
    case 'host':
      return [
        suspicion('the host is a server', host, lookups, 'role', 'server'),
        suspicion('nothing is known about the host', host, lookups, 'role', 'unknown'),
      ];
    case 'user':
      return [suspicion('the account is privileged', user, lookups, 'is_privileged', true)];
    default: {
      const words = `nothing is known about the ${kind ?? 'target'}`;
      return [{ words, advice: 'approval: { when: "true" }', values: new Map() }];
    }
  }
}

/**
 * Steps before this one that contain the same target at least as hard. When one of them succeeded, and
 * a person had to be asked for it, somebody has said yes to containing this very target on this run.
 */
export function forerunnersOf(step: ActionStep, places: Places): ActionStep[] {
  const { body, index } = places.of(step.path);
  const { target, class: impact } = step.action;
  if (target === null) return [];
  const wanted = JSON.stringify(step.with[target.argument]);
  return places.all.flatMap(({ step: other, index: before, body: where }) => {
    if (other.kind !== 'action' || before >= index || where !== body || other.action.target === null)
      return [];
    const { action } = other;
    const same = JSON.stringify(other.with[other.action.target.argument]) === wanted;
    const strong = classRank[action.class] >= classRank[impact];
    return same && strong && other.action.target.kind === target.kind ? [other] : [];
  });
}

function suspicion(
  words: string,
  advice: string,
  lookups: readonly Lookup[],
  output: string,
  value: Json,
): Suspicion {
  const values = new Map<string, { lookup: string; value: Json }>();
  for (const { step, id } of lookups) {
    // The manifest says under which output it tells the fact; without one the output has the fact's name.
    const field = step.action.facts[output] ?? output;
    values.set(`steps.${id}.outputs.${field}`, { lookup: step.path, value });
    if (step.action.facts[output] !== undefined)
      values.set(`guard.target.${output}`, { lookup: step.path, value });
  }
  return { words, advice, values };
}

/** Steps whose words or whose end matter for a sensitive target, and up to which step. */
export function sensitiveInterests(
  plan: Plan,
  places: Places,
): { lookup: boolean; path: string; until: number }[] {
  if (plan.mode !== 'enforce') return [];
  return places.all.flatMap(({ step, index }) => {
    if (step.kind !== 'action' || !isSensitive(step)) return [];
    const asked = (lookup: boolean) => (other: PlanStep) => ({ lookup, path: other.path, until: index });
    return [
      ...lookupsOf(step, places).map((each) => asked(true)(each.step)),
      ...forerunnersOf(step, places).map(asked(false)),
    ];
  });
}
