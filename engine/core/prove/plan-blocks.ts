import type { PlanStep } from '../contracts/plan.ts';

/** The blocks of steps that a step holds, as an author would name them, in document order. */
export interface PlanBlock {
  role: 'then' | 'else' | 'case' | 'default' | 'branch' | 'item' | 'round' | 'on_error';
  /** Branch name, or the condition of a case; empty elsewhere. */
  name: string;
  steps: readonly PlanStep[];
}

export function blocksOf(step: PlanStep): PlanBlock[] {
  const handler: PlanBlock[] =
    step.onError.steps.length > 0 ? [{ role: 'on_error', name: '', steps: step.onError.steps }] : [];
  return [...ownBlocks(step), ...handler];
}

function ownBlocks(step: PlanStep): PlanBlock[] {
  switch (step.kind) {
    case 'if':
      return [
        { role: 'then', name: '', steps: step.then },
        ...(step.else === null ? [] : [{ role: 'else' as const, name: '', steps: step.else }]),
      ];
    case 'switch':
      return [
        ...step.cases.map((each) => ({ role: 'case' as const, name: each.when, steps: each.steps })),
        ...(step.default === null ? [] : [{ role: 'default' as const, name: '', steps: step.default }]),
      ];
    case 'parallel':
      return step.branches.map(({ name, steps }) => ({ role: 'branch', name, steps }));
    case 'foreach':
      return [{ role: 'item', name: step.as, steps: step.steps }];
    case 'repeat':
      return [{ role: 'round', name: '', steps: step.steps }];
    case 'action':
    case 'approval':
    case 'set':
    case 'stop':
    case 'wait':
    case 'call':
    case 'undo':
      return [];
  }
}

/** Every step below some steps, in document order, an outer one before those inside it. */
export function* stepsWithin(steps: readonly PlanStep[]): Generator<PlanStep> {
  for (const step of steps) {
    yield step;
    for (const block of blocksOf(step)) yield* stepsWithin(block.steps);
  }
}
