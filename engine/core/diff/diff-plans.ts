import { changesTargets } from '../contracts/action.ts';
import type { Plan, PlanPositions, PlanStep } from '../contracts/plan.ts';
import { everyStep } from '../run/list-steps.ts';
import { undoContains } from '../undo/contains-back.ts';
import { type At, type Change, Changes, isSame, type Risk } from './change.ts';
import { compareGuards } from './compare-guards.ts';
import { comparePlaces } from './compare-places.ts';
import { comparePlaybook } from './compare-playbook.ts';
import { compareStep, type Decides, stepTitle } from './compare-step.ts';
import { compareTriggers } from './compare-triggers.ts';
import { ownOf, type Pairing, type PlacedStep, pairSteps } from './pair-steps.ts';

/*
 * What two versions of a playbook mean differently: read off the compiled plans, so that comments,
 * order of keys and formatting say nothing. Plans that differ always give at least one change, and so
 * does each step that differs: what nothing here knows is reported as not compared, and counts as bolder.
 */

export interface ComparablePlan {
  plan: Plan;
  digest: string;
  positions: PlanPositions;
}

export interface PlanDiff {
  /** Both compile to the same plan. */
  sameMeaning: boolean;
  /** Bolder first; then by place in the newer version. */
  changes: LocatedChange[];
}

export interface LocatedChange extends Omit<Change, 'before' | 'after'> {
  /** Lines; null when it is not there. */
  before: number | null;
  after: number | null;
}

export function diffPlans(before: ComparablePlan, after: ComparablePlan): PlanDiff {
  if (before.digest === after.digest) return { sameMeaning: true, changes: [] };
  const changes = new Changes();
  const decides = decidingVariables(before.plan, after.plan);
  comparePlaybook(changes, before.plan, after.plan, decides);
  compareTriggers(changes, before.plan, after.plan);
  compareGuards(changes, before.plan, after.plan);
  const pairing = pairSteps(before.plan, after.plan);
  compareLists(changes, pairing, decides, [before.plan, after.plan]);
  // Another number of the version or another title explains nothing else.
  const isTold = changes.list.some(({ kind }) => kind !== 'described-differently');
  const [one, other] = [before, after].map(({ plan }) => ({ ...plan, playbook: null }));
  if (changes.list.length === 0 || (!isTold && !isSame(one, other)))
    addNotCompared(changes, { before: '/kind', after: '/kind' }, '', [one, other]);
  return { sameMeaning: false, changes: sorted(changes.list.map((change) => locate(change, before, after))) };
}

function compareLists(
  changes: Changes,
  pairing: Pairing,
  decides: Decides,
  [before, after]: readonly [Plan, Plan],
): void {
  for (const each of pairing.removed) addLone(changes, each, 'removed', before);
  for (const each of pairing.added) addLone(changes, each, 'added', after);
  for (const pair of pairing.both) {
    const at = { before: pair.before.step.path, after: pair.after.step.path };
    const told = changes.list.length;
    compareStep(changes, at, pair, decides, after);
    const [one, other] = [ownOf(pair.before.step), ownOf(pair.after.step)];
    if (changes.list.length === told && !isSame(one, other))
      addNotCompared(changes, at, `${stepTitle(pair.after.step)}: `, [one, other]);
  }
  comparePlaces(changes, pairing);
}

function addNotCompared(changes: Changes, at: At, name: string, [one, other]: unknown[]): void {
  const where = differing(one, other);
  changes.add(at, 'not-compared', 'bolder', `${name}differs in something that is not compared: ${where}`);
}

/** A step that only one version has. Blocks speak through the steps inside them. */
function addLone(changes: Changes, { step }: PlacedStep, what: 'added' | 'removed', plan: Plan): void {
  const at = { before: what === 'removed' ? step.path : null, after: what === 'added' ? step.path : null };
  const { kind, risk, words } = loneStep(step, plan);
  const turned: Record<Risk, Risk> = { bolder: 'careful', careful: 'bolder', neutral: 'neutral' };
  const title = stepTitle(step);
  const label = words.startsWith(title) ? words : `${title}: ${words}`;
  changes.add(
    at,
    `${kind}-${what}`,
    what === 'added' ? risk : turned[risk],
    `${label} ${what === 'added' ? 'is new' : 'is gone'}`,
  );
}

/** What having the step means. */
function loneStep(step: PlanStep, plan: Plan): { kind: string; risk: Risk; words: string } {
  switch (step.kind) {
    case 'action': {
      const { key, class: actionClass, target } = step.action;
      const risk = changesTargets(actionClass) ? 'bolder' : 'neutral';
      const on = target === null ? '' : ` on a ${target.kind}`;
      return { kind: 'effect', risk, words: `${key} (${actionClass})${on}` };
    }
    case 'approval':
      return {
        kind: 'gate',
        risk: 'careful',
        words: `the gate that asks ${step.approval.approvers.join(', ')}`,
      };
    case 'call':
      return { kind: 'call', risk: 'bolder', words: `the call of ${step.playbook}` };
    case 'undo':
      return undoContains(plan, step.steps)
        ? { kind: 'undo', risk: 'bolder', words: 'taking back, which contains again' }
        : { kind: 'undo', risk: 'careful', words: 'taking back' };
    case 'stop':
      return { kind: 'stop', risk: 'careful', words: `stop: ${step.outcome}` };
    default:
      return { kind: 'step', risk: 'neutral', words: step.kind };
  }
}

/** Variables that a condition, a list, a key or a target reads. */
function decidingVariables(...plans: Plan[]): Decides {
  const texts = plans.flatMap((plan) => [
    ...plan.guards.map((guard) => guard.denyIf ?? ''),
    ...everyStep(plan).flatMap(decidingTexts),
  ]);
  return (variable) => texts.some((text) => new RegExp(`\\bvars\\.\\??${variable}\\b`).test(text));
}

function decidingTexts(step: PlanStep): string[] {
  const own = [step.if ?? ''];
  switch (step.kind) {
    case 'action': {
      const target = step.with[step.action.target?.argument ?? ''];
      return [...own, step.approval?.when ?? '', target === undefined ? '' : JSON.stringify(target)];
    }
    case 'approval':
      return [...own, step.approval.when ?? ''];
    case 'foreach':
      return [...own, step.list, step.key ?? '', step.approval?.when ?? ''];
    case 'switch':
      return [...own, ...step.cases.map((each) => each.when)];
    case 'repeat':
      return [...own, step.until];
    case 'call':
      return [...own, JSON.stringify(step.with)];
    case 'set':
      return [...own, JSON.stringify(step.values)];
    default:
      return own;
  }
}

/** The first place at which two plans differ, as a JSON pointer. */
function differing(before: unknown, after: unknown, at = ''): string {
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return at || '/';
  const fields = (value: object) => new Map<string, unknown>(Object.entries(value));
  const [one, other] = [fields(before), fields(after)];
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    if (!isSame(one.get(key), other.get(key))) return differing(one.get(key), other.get(key), `${at}/${key}`);
  }
  return at || '/';
}

function locate(change: Change, before: ComparablePlan, after: ComparablePlan): LocatedChange {
  const line = (path: string | null, { positions }: ComparablePlan) =>
    path === null ? null : (positions[path]?.line ?? null);
  return { ...change, before: line(change.before, before), after: line(change.after, after) };
}

const order: Record<Risk, number> = { bolder: 0, careful: 1, neutral: 2 };

function sorted(changes: readonly LocatedChange[]): LocatedChange[] {
  const line = (change: LocatedChange) => change.after ?? change.before ?? 0;
  return [...changes].sort((a, b) => order[a.risk] - order[b.risk] || line(a) - line(b));
}
