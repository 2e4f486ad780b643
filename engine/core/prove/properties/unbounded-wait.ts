import type { PlanStep } from '../../contracts/plan.ts';
import { firstPerStep, type Property, type Violation } from '../property.ts';

/*
 * P2: whatever waits has an end of its own, and that end comes before the run's: otherwise what the
 * playbook says about it (`on_timeout`, `on_denied`) could never happen.
 */
export const unboundedWait: Property = ({ plan, explored }) =>
  firstPerStep(
    explored.states.flatMap((state): Violation[] => {
      const { step, mark } = state.node;
      if (mark.kind !== 'runs' || step === null) return [];
      const waits = waitOf(step);
      if (waits === null || (Number.isFinite(waits.ms) && waits.ms > 0 && waits.ms <= plan.timeoutMs))
        return [];
      const message =
        Number.isFinite(waits.ms) && waits.ms > 0
          ? `${waits.words} longer (${hours(waits.ms)}) than the whole run may take (${hours(plan.timeoutMs)})`
          : `${waits.words} without an end`;
      return [
        {
          code: 'prove/unbounded-wait',
          step,
          message,
          help: 'shorten it, or give the run a longer "timeout"',
          state,
          assuming: null,
        },
      ];
    }),
  );

function waitOf(step: PlanStep): { words: string; ms: number } | null {
  switch (step.kind) {
    case 'wait':
      if (step.wait.for === 'duration') return { words: 'waits', ms: step.wait.ms };
      if (step.wait.for === 'signal') return { words: 'waits for a signal', ms: step.wait.timeoutMs };
      // An instant is a deadline in itself; how far away it is, only the run knows.
      return null;
    case 'approval':
      return { words: 'waits for people', ms: step.approval.expiresMs };
    case 'action':
    case 'foreach':
    case 'call':
    case 'undo':
      return step.approval === null ? null : { words: 'waits for people', ms: step.approval.expiresMs };
    case 'repeat':
      return step.everyMs === 0 ? null : { words: 'pauses between rounds', ms: step.everyMs };
    case 'if':
    case 'switch':
    case 'set':
    case 'stop':
    case 'parallel':
      return null;
  }
}

function hours(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const unit = units.find(([, size]) => ms >= size && ms % size === 0);
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms}ms`;
}
