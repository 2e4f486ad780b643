import type { Plan, PlanStep } from '../contracts/plan.ts';

/*
 * Which step of one version is which of the other. A step with an id of its own is the step with that
 * id in the same loops; one without is paired with what looks like it. Where a step stands is told by
 * the blocks around it.
 */

export interface PlacedStep {
  step: PlanStep;
  /** Blocks around it, outermost first; never empty. */
  inside: Ring[];
  /** Place in the whole document. */
  order: number;
  /** Gates that the run has passed before it, by id. */
  gates: string[];
  /** For pairing: enclosing loops and the step's own id, or what it looks like. */
  name: string;
}

/** A block around a step: one of the playbook's three lists, or a list of steps inside a step. */
export interface Ring {
  /** The step whose block it is: in a pair, for both versions the newer one's. */
  of: PlanStep | 'steps' | 'on_failure' | 'finally';
  role: string;
  /** The run may pass by it, or by the rest of it. */
  passes: boolean;
}

export interface Pairing {
  both: { before: PlacedStep; after: PlacedStep }[];
  removed: PlacedStep[];
  added: PlacedStep[];
}

export function pairSteps(before: Plan, after: Plan): Pairing {
  const old = placeSteps(before);
  const now = placeSteps(after);
  const twins = new Map<PlacedStep, PlacedStep>();
  const taken = new Set<PlacedStep>();
  // Those that are the same to the letter first, so that one new block does not rename all after it.
  for (const looks of [looksOf, (step: PlanStep) => JSON.stringify(ownOf(step)), () => '']) {
    for (const one of old) {
      if (twins.has(one)) continue;
      const twin = now.find(
        (other) => !taken.has(other) && other.name === one.name && looks(other.step) === looks(one.step),
      );
      if (twin === undefined) continue;
      twins.set(one, twin);
      taken.add(twin);
    }
  }
  const newer = new Map([...twins].map(([one, twin]) => [one.step, twin.step]));
  const named = (ring: Ring) =>
    typeof ring.of === 'string' ? ring : { ...ring, of: newer.get(ring.of) ?? ring.of };
  return {
    both: [...twins].map(([one, twin]) => ({
      before: { ...one, inside: one.inside.map(named) },
      after: twin,
    })),
    removed: old.filter((each) => !twins.has(each)),
    added: now.filter((each) => !taken.has(each)),
  };
}

/** Content without the names that depend on the position in the file. */
function looksOf(step: PlanStep): string {
  return JSON.stringify(step).replaceAll(/"(id|path)":"[^"]*#[^"]*"/g, '');
}

/**
 * What a step says itself: without the steps inside it, names that depend on the position in the file, and
 * what follows from other steps.
 */
export function ownOf(step: PlanStep): object {
  const { id, path, onError, ...rest } = step;
  const own = { ...rest, then: [], else: [], onError: onError.then, ...shellOf(step) };
  // Asked only when the step has no approval of its own.
  const asksItself = 'approval' in step && step.approval !== null;
  return { ...own, ...(asksItself ? { fallbackApproval: null } : {}) };
}

function shellOf(step: PlanStep): object {
  switch (step.kind) {
    case 'approval':
      return { covers: [] };
    case 'switch':
      return { cases: step.cases.map(({ when }) => when), default: [] };
    case 'parallel':
      return { branches: step.branches.map(({ name }) => name) };
    case 'foreach':
      return { steps: [], readsItems: false };
    case 'repeat':
      return { steps: [] };
    default:
      return {};
  }
}

function placeSteps(plan: Plan): PlacedStep[] {
  const placed: PlacedStep[] = [];
  const root = (of: Ring['of'], passes: boolean): Around => ({
    inside: [{ of, role: '', passes }],
    loops: '',
    gates: [],
  });
  place(plan.steps, root('steps', false), placed);
  place(plan.onFailure, root('on_failure', true), placed);
  place(plan.finally, root('finally', false), placed);
  return placed;
}

interface Around {
  inside: Ring[];
  loops: string;
  gates: string[];
}

/** Gives the gates that the run has passed at the end of the list. */
function place(steps: readonly PlanStep[], around: Around, placed: PlacedStep[]): string[] {
  let { gates } = around;
  for (const step of steps) {
    const name = around.loops + (step.id.includes('#') ? signOf(step) : step.id);
    placed.push({ step, inside: around.inside, order: placed.length, gates, name });
    const passed: string[] = step.kind === 'approval' ? [step.id] : [];
    for (const { role, block, passes } of blocksIn(step)) {
      const loops =
        step.kind === 'foreach' || step.kind === 'repeat' ? `${around.loops}${step.id}/` : around.loops;
      const inside = [...around.inside, { of: step, role, passes }];
      const end = place(block, { inside, loops: role === 'on_error' ? around.loops : loops, gates }, placed);
      if (!passes) passed.push(...end);
    }
    gates = [...new Set([...gates, ...passed])];
  }
  return gates;
}

function signOf(step: PlanStep): string {
  return step.kind === 'action' ? `action ${step.action.key}` : step.kind;
}

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
        ...step.branches.map((each) => ({
          role: each.name,
          block: each.steps,
          // Branches stop where they are when the first one has succeeded.
          passes: step.if !== null || step.join === 'any',
        })),
        onError,
      ];
    case 'foreach':
      return [{ role: 'items', block: step.steps, passes: true }, onError];
    case 'repeat':
      return [{ role: 'rounds', block: step.steps, passes: step.if !== null }, onError];
    default:
      return [onError];
  }
}
