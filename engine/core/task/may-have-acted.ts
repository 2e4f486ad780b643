import type { Failure } from '../contracts/action.ts';
import type { StepState } from '../run/context.ts';

/** Failures after which the effect may be there although nobody saw it. */
const uncertain: readonly string[] = ['action/outcome-unknown', 'action/unconfirmed'];

/** Whether a step that ends this way may have changed its target all the same. */
export function mayHaveActed(
  state: Pick<StepState, 'attempts' | 'simulated' | 'doubtful'>,
  failure: Failure | null,
): boolean {
  if (state.attempts === 0 || state.simulated) return false;
  return state.doubtful || uncertain.includes(failure?.code ?? '');
}

export function saysUnknown(failure: Failure): boolean {
  return uncertain.includes(failure.code);
}
