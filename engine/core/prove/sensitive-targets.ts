import type { Json } from '../../../schemas/json.ts';
import { classRank, type TargetKind } from '../contracts/action.ts';
import type { ActionStep, Plan, PlanAction, PlanStep } from '../contracts/plan.ts';
import type { Template } from '../contracts/template.ts';
import { expressionsOf } from '../expression/expressions-of.ts';
import { parseSyntax } from '../expression/parse-syntax.ts';
import { referencesOf } from '../expression/references.ts';
import { type Body, isInside, type Place, type Places, resolveId } from './places.ts';
import { isSameValue } from './same-value.ts';

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
  /** The constant behind each text, when one of the steps that tell it has succeeded. */
  values: Values;
}

type Values = ReadonlyMap<string, { tellers: readonly string[]; value: Json }>;

/** Kinds that can be a server or a privileged account, or hide one. A mail or a file is neither. */
const sensitiveKinds: ReadonlySet<TargetKind> = new Set(['host', 'user', 'mailbox', 'ip']);

export function isSensitive({ class: impact, target }: PlanAction): boolean {
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
  const place = places.of(step.path);
  const wanted = target === null ? undefined : step.with[target.argument];
  if (target === null || wanted === undefined) return [];
  return places.all.flatMap(({ step: other }) => {
    if (other.kind !== 'action' || other.action.class !== 'read') return [];
    if (resolveId(place.body, other.id) !== other.path || other.action.target?.kind !== target.kind)
      return [];
    if (isSameTarget(step, other, places)) return [{ step: other, id: other.id }];
    // What one lookup calls the target, the next one asks for: both look at the same thing.
    if (!isIdentityOf(wanted, other.id)) return [];
    const further = other === step || isTargetEditable(other) ? [] : lookupsOf(other, places);
    return [{ step: other, id: other.id }, ...further];
  });
}

/** The other step's target is certainly the one that this step will have. */
function isSameTarget(step: ActionStep, other: ActionStep, places: Places): boolean {
  const { target } = step.action;
  const asked = other.action.target;
  if (target === null || asked === null || isTargetEditable(other)) return false;
  const [template, wanted] = [other.with[asked.argument], step.with[target.argument]];
  if (template === undefined || wanted === undefined) return false;
  const here = { template: wanted, place: places.of(step.path) };
  return isSameValue({ template, place: places.of(other.path) }, here, places);
}

/** Whoever approves it may put another target in. */
function isTargetEditable({ action, approval, fallbackApproval }: ActionStep): boolean {
  const { editable } = approval ?? fallbackApproval;
  return action.target !== null && editable.includes(action.target.argument);
}

/**
 * Steps that may have told a fact of this step's target. A run remembers facts by the target itself,
 * whatever words it was named with; a loop sees those from outside and tells none to the outside.
 */
export function tellersOf({ step, body }: Place, fact: string, places: Places): string[] {
  const kind = step.kind === 'action' ? step.action.target?.kind : undefined;
  return places.all.flatMap(({ step: other, body: where }) =>
    other.kind === 'action' &&
    other.action.target?.kind === kind &&
    other.action.facts[fact] !== undefined &&
    isInside(body, where.path)
      ? [other.path]
      : [],
  );
}

/**
 * Whoever said yes to the whole list knew this target: it is named by the items and by what was there when they
 * were asked, not by something that only the items find out.
 */
export function isKnownWithList(step: ActionStep, list: PlanStep, places: Places): boolean {
  const { target } = step.action;
  const wanted = target === null ? undefined : step.with[target.argument];
  if (wanted === undefined) return true;
  const { body, lists } = places.of(step.path);
  // What one look-up calls the target is what it was asked for.
  const looked = places.all.find(
    ({ step: other }) =>
      other.kind === 'action' &&
      resolveId(body, other.id) === other.path &&
      other.action.target?.kind === target?.kind &&
      isIdentityOf(wanted, other.id),
  );
  if (looked?.step.kind === 'action' && looked.lists.includes(list))
    return isKnownWithList(looked.step, list, places);
  const inner = lists.slice(0, lists.indexOf(list));
  return expressionsOf(wanted).every((expr) => isKnownOutside(expr, body, list, inner, places));
}

function isKnownOutside(
  expr: string,
  body: Body,
  list: PlanStep,
  inner: readonly PlanStep[],
  places: Places,
): boolean {
  const syntax = parseSyntax(expr);
  return (
    syntax.ok &&
    referencesOf(syntax.parsed.ast).every(({ root, path: [key] }) => {
      if (root === 'steps') {
        const path = typeof key === 'string' ? resolveId(body, key) : undefined;
        return path !== undefined && !places.of(path).lists.includes(list);
      }
      if (root === 'failure') return false;
      const loop = inner.find((each) => each.kind === 'foreach' && each.as === root);
      if (loop?.kind !== 'foreach') return true;
      const place = places.of(loop.path);
      return isKnownOutside(
        loop.list,
        place.body,
        list,
        place.lists.slice(0, place.lists.indexOf(list)),
        places,
      );
    })
  );
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

/** What is feared of a target of a kind, and the fact that would tell; null where no look-up tells it. */
export function suspectedOf(
  kind: TargetKind | undefined,
): { words: string; fact: { name: string; value: Json } | null }[] {
  switch (kind) {
    case 'host':
      return [
        { words: 'the host is a server', fact: { name: 'role', value: 'server' } },
        { words: 'nothing is known about the host', fact: { name: 'role', value: 'unknown' } },
      ];
    case 'user':
      return [{ words: 'the account is privileged', fact: { name: 'is_privileged', value: true } }];
    default:
      return [{ words: `nothing is known about the ${kind ?? 'target'}`, fact: null }];
  }
}

export function suspicionsOf(step: ActionStep, places: Places): Suspicion[] {
  const lookups = lookupsOf(step, places);
  const kind = step.action.target?.kind;
  const advice = adviceFor(kind, lookups[0]?.id ?? 'asset');
  return suspectedOf(kind).map(({ words, fact }) => ({
    words,
    advice,
    values: fact === null ? new Map() : valuesOf(step, lookups, fact.name, fact.value, places),
  }));
}

function adviceFor(kind: TargetKind | undefined, id: string): string {
  if (kind === 'host') return `approval: { when: 'steps.${id}.outputs.role != "workstation"' }`;
  if (kind === 'user') return `approval: { when: steps.${id}.outputs.is_privileged }`;
  return 'approval: { when: "true" }';
}

/**
 * Steps before this one that contain the same target at least as hard. When one of them succeeded, and
 * a person had to be asked for it, somebody has said yes to containing this very target on this run.
 */
export function forerunnersOf(step: ActionStep, places: Places): ActionStep[] {
  const { body, index } = places.of(step.path);
  const { target, class: impact } = step.action;
  return places.all.flatMap(({ step: other, index: before, body: where }) => {
    if (other.kind !== 'action' || before >= index || where !== body) return [];
    const { action } = other;
    const strong = classRank[action.class] >= classRank[impact];
    const same = action.target?.kind === target?.kind && isSameTarget(step, other, places);
    return strong && same ? [other] : [];
  });
}

function valuesOf(
  step: ActionStep,
  lookups: readonly Lookup[],
  output: string,
  value: Json,
  places: Places,
): Values {
  const values = new Map<string, { tellers: readonly string[]; value: Json }>();
  // The manifest says under which output it tells the fact; without one the output has the fact's name.
  for (const { step: lookup, id } of lookups)
    values.set(`steps.${id}.outputs.${lookup.action.facts[output] ?? output}`, {
      tellers: [lookup.path],
      value,
    });
  const tellers = tellersOf(places.of(step.path), output, places);
  if (tellers.length > 0) values.set(`guard.target.${output}`, { tellers, value });
  return values;
}

/** Steps whose words or whose end matter for a sensitive target, and up to which step. */
export function sensitiveInterests(
  plan: Plan,
  places: Places,
): { lookup: boolean; path: string; until: number }[] {
  if (plan.mode !== 'enforce') return [];
  return places.all.flatMap(({ step, index }) => {
    if (step.kind !== 'action' || !isSensitive(step.action)) return [];
    const asked = (lookup: boolean) => (other: PlanStep) => ({ lookup, path: other.path, until: index });
    return [
      ...lookupsOf(step, places).map((each) => asked(true)(each.step)),
      ...forerunnersOf(step, places).map(asked(false)),
    ];
  });
}
