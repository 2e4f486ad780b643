import type { PlanStep } from '../contracts/plan.ts';
import type { At, Changes, Risk } from './change.ts';
import { actsItself, stepTitle, weightOf } from './compare-step.ts';
import type { Pairing, PlacedStep, Ring } from './pair-steps.ts';

/*
 * Where the steps of both versions stand: in which list, behind which gates, and after what. A block that
 * moves speaks for the steps inside it.
 */

type Pair = Pairing['both'][number];

export function comparePlaces(changes: Changes, { both, removed }: Pairing): void {
  const goneGates = removed.flatMap(({ step }) => (step.kind === 'approval' ? [step.id] : []));
  for (const pair of both) {
    const at = { before: pair.before.step.path, after: pair.after.step.path };
    if (hasMoved(pair)) compareLists(changes, at, pair, both);
    else compareOrder(changes, at, pair, both);
    compareGates(changes, at, pair, goneGates);
  }
}

/** Moving out of a block that may be passed by, or in front of something, makes a step run more often. */
function compareLists(changes: Changes, at: At, pair: Pair, both: readonly Pair[]): void {
  const { before, after } = pair;
  const left = before.inside.filter((ring) => !isAround(ring, after));
  const entered = after.inside.filter((ring) => !isAround(ring, before));
  const words = [
    ...entered.map((ring) => `into ${nameOf(ring)}`),
    ...left.map((ring) => `out of ${nameOf(ring)}`),
  ].join(', ');
  const { acts, holds } = effectOf(after.step);
  // What handles a failure runs when the step before would not have been followed by anything.
  const rarer =
    left.length === 0 &&
    entered.some(({ passes }) => passes) &&
    entered.every(({ role }) => role !== 'on_error') &&
    !both.some((other) => overtakes(pair, other));
  const oftener =
    entered.length === 0 &&
    left.some(({ passes }) => passes) &&
    !both.some((other) => effectOf(other.after.step).acts && overtakes(other, pair));
  const bolder = (acts && !rarer) || (holds && !oftener);
  const risk: Risk = bolder ? 'bolder' : acts || holds ? 'careful' : 'neutral';
  changes.add(at, 'moved', risk, `${stepTitle(after.step)}: moved ${words || 'elsewhere'}`);
}

/** Something that acts now comes before what it came after. */
function compareOrder(changes: Changes, at: At, pair: Pair, both: readonly Pair[]): void {
  const { step } = pair.after;
  const { acts } = effectOf(step);
  const overtaken = both.filter((other) => {
    if (!overtakes(pair, other)) return false;
    if (!hasMoved(other)) return isSameRing(listOf(other.before), listOf(pair.before));
    // What stands deeper than the other one's lists is told by the block around it.
    const [then, now] = [
      isAround(listOf(pair.before), other.before),
      isAround(listOf(pair.after), other.after),
    ];
    return acts && (then || now) && !other.after.inside.some(({ of }) => of === step);
  });
  if (overtaken.length === 0) return;
  const names = overtaken.map((other) => stepTitle(other.after.step)).join(', ');
  changes.add(
    at,
    'order-changed',
    acts ? 'bolder' : 'neutral',
    `${stepTitle(step)}: comes before ${names} now`,
  );
}

function compareGates(changes: Changes, at: At, { before, after }: Pair, goneGates: readonly string[]): void {
  // Of what acts in a block each step tells its own gates: one may stand in the block itself.
  if (!actsItself(after.step)) return;
  const add = (kind: string, risk: Risk, what: string) =>
    changes.add(at, kind, risk, `${stepTitle(after.step)}: ${what}`);
  const lost = before.gates.filter((gate) => !after.gates.includes(gate) && !goneGates.includes(gate));
  const gained = after.gates.filter((gate) => !before.gates.includes(gate));
  if (lost.length > 0) add('gate-passed', 'bolder', `runs without waiting for ${lost.join(', ')}`);
  else if (gained.length > 0) add('gate-before', 'careful', `waits for ${gained.join(', ')}`);
}

function hasMoved({ before, after }: Pair): boolean {
  return !isSameRing(listOf(before), listOf(after));
}

function overtakes(one: Pair, other: Pair): boolean {
  return comesBefore(other.before, one.before) && !comesBefore(other.after, one.after);
}

/** Two branches of one block are not in order. */
function comesBefore(one: PlacedStep, other: PlacedStep): boolean {
  if (one.order >= other.order) return false;
  const fork = one.inside.findIndex((ring, index) => {
    const its = other.inside[index];
    return its === undefined || !isSameRing(ring, its);
  });
  const its = other.inside[fork];
  return its === undefined || one.inside[fork]?.of !== its.of;
}

function listOf({ inside }: PlacedStep): Ring | undefined {
  return inside.at(-1);
}

function isAround(ring: Ring | undefined, { inside }: PlacedStep): boolean {
  return inside.some((each) => isSameRing(each, ring));
}

function isSameRing(one: Ring | undefined, other: Ring | undefined): boolean {
  return one?.of === other?.of && one?.role === other?.role;
}

/** Without an id of its own a block is told by its condition. */
function nameOf({ of, role }: Ring): string {
  if (typeof of === 'string') return of;
  const hasId = !of.id.includes('#');
  const name = !hasId && of.kind === 'if' ? `if ${of.if ?? 'always'}` : stepTitle(of);
  return `${name}:${role}`;
}

/** A gate holds back what comes after it, which is told there. */
function effectOf(step: PlanStep): { acts: boolean; holds: boolean } {
  const weight = weightOf([step]);
  const both = weight === 'both';
  return { acts: both || weight === 'acts', holds: step.kind !== 'approval' && (both || weight === 'holds') };
}
