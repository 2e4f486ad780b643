import type { ActionStep } from '../contracts/plan.ts';
import { stepOf, type Turn, updateStep } from '../run/turn.ts';
import { leaveRecord } from '../undo/leave-record.ts';

/** Failures after which the effect may be there although nobody saw it. */
const uncertain: readonly string[] = ['action/outcome-unknown', 'action/unconfirmed'];

/**
 * A step that ended without its effect gives back what it reserved and what it announced. One whose
 * effect may have come about keeps both, and leaves a record of unknown origin: undo then asks.
 */
export function leaveNoEffect(turn: Turn, step: ActionStep): void {
  const state = stepOf(turn, step.path);
  const attempted = state.attempts > 0 && !state.simulated;
  const maybe = attempted && (state.doubtful || uncertain.includes(state.failure?.code ?? ''));
  if (maybe) {
    if (state.rendered !== null) leaveRecord(turn, step, state.rendered, 'unknown', null);
    return;
  }
  if (state.reserved) turn.commands.push({ kind: 'return-reservation', ref: step.path });
  if (state.wanted) turn.commands.push({ kind: 'drop-hold', ref: step.path });
  updateStep(turn, step.path, { reserved: false, wanted: false });
}
