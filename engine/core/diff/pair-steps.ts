import type { Plan, PlanStep } from '../contracts/plan.ts';

/*
 * Which step of one version is which of the other. A step with an id of its own is the step with that
 * id in the same loops; one without is paired with what looks like it. Where a step stands is told by
 * the blocks around it.
 */

export interface PlacedStep {
  step: PlanStep;
  /** Blocks around it, outermost first, as `id:role`; only those that the run may pass by. */
  inside: string[];
  /** The list of steps that it is one of. */
  list: string;
  /** Place in the whole document. */
  order: number;
  /** Gates that the run has passed before it, by id. */
  gates: string[];
  /** For pairing: enclosing loops and the step's own id, or what it looks like. */
  name: string;
}

export interface Pairing {
  both: { before: PlacedStep; after: PlacedStep }[];
  removed: PlacedStep[];
  added: PlacedStep[];
}

export function pairSteps(before: Plan, after: Plan): Pairing {
  const old = placeSteps(before);
  const now = placeSteps(after);
  const pairing: Pairing = { both: [], removed: [], added: [] };
  const taken = new Set<PlacedStep>();
  // Those that are the same to the letter first, so that one new block does not rename all after it.
  const find = (one: PlacedStep, fits: (other: PlacedStep) => boolean) =>
    now.find((other) => !taken.has(other) && other.name === one.name && fits(other));
  const rest: PlacedStep[] = [];
  for (const one of old) {
    const same = find(one, (other) => looks(other.step) === looks(one.step));
    if (same === undefined) rest.push(one);
    else {
      taken.add(same);
      pairing.both.push({ before: one, after: same });
    }
  }
  for (const one of rest) {
    const alike = find(one, () => true);
    if (alike === undefined) pairing.removed.push(one);
    else {
      taken.add(alike);
      pairing.both.push({ before: one, after: alike });
    }
  }
  pairing.added = now.filter((each) => !taken.has(each));
  return pairing;
}

/** Content without the names that depend on the position in the file. */
function looks(step: PlanStep): string {
  return JSON.stringify(step).replaceAll(/"(id|path)":"[^"]*#[^"]*"/g, '');
}

export function placeSteps(plan: Plan): PlacedStep[] {
  const placed: PlacedStep[] = [];
  place(plan.steps, { inside: [], list: 'steps', loops: '', gates: [] }, placed);
  place(plan.onFailure, { inside: ['on_failure:'], list: 'on_failure', loops: '', gates: [] }, placed);
  place(plan.finally, { inside: [], list: 'finally', loops: '', gates: [] }, placed);
  return placed;
}

interface Around {
  inside: string[];
  list: string;
  loops: string;
  gates: string[];
}

function place(steps: readonly PlanStep[], around: Around, placed: PlacedStep[]): void {
  let { gates } = around;
  for (const step of steps) {
    const name = around.loops + (step.id.includes('#') ? signOf(step) : step.id);
    placed.push({ step, inside: around.inside, list: around.list, order: placed.length, gates, name });
    const label = step.id.includes('#') ? signOf(step) : step.id;
    for (const { role, block, passes } of blocksIn(step)) {
      const loops =
        step.kind === 'foreach' || step.kind === 'repeat' ? `${around.loops}${step.id}/` : around.loops;
      place(
        block,
        {
          inside: passes ? [...around.inside, `${label}:${role}`] : around.inside,
          list: `${around.list}/${label}:${role}`,
          loops: role === 'on_error' ? around.loops : loops,
          gates,
        },
        placed,
      );
    }
    if (step.kind === 'approval') gates = [...gates, step.id];
  }
}

function signOf(step: PlanStep): string {
  return step.kind === 'action' ? `action ${step.action.key}` : step.kind;
}

/** `passes`: the run may pass by the block. */
function blocksIn(step: PlanStep): { role: string; block: readonly PlanStep[]; passes: boolean }[] {
  const onError = { role: 'on_error', block: step.onError.steps, passes: true };
  switch (step.kind) {
    case 'if':
      return [
        { role: 'then', block: step.then, passes: true },
        { role: 'else', block: step.else ?? [], passes: true },
        onError,
      ];
    case 'switch':
      return [
        ...step.cases.map((each, index) => ({ role: `case ${index + 1}`, block: each.steps, passes: true })),
        { role: 'default', block: step.default ?? [], passes: true },
        onError,
      ];
    case 'parallel':
      return [
        ...step.branches.map((each) => ({ role: each.name, block: each.steps, passes: false })),
        onError,
      ];
    case 'foreach':
      return [{ role: 'items', block: step.steps, passes: true }, onError];
    case 'repeat':
      return [{ role: 'rounds', block: step.steps, passes: false }, onError];
    default:
      return [onError];
  }
}
