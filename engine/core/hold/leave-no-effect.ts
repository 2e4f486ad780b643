import type { ActionStep } from '../contracts/plan.ts';
import { stepOf, type Turn, updateStep } from '../run/turn.ts';
import { mayHaveActed } from '../task/may-have-acted.ts';
import { leaveRecord } from '../undo/leave-record.ts';

/**
 * A step that ended without its effect gives back what it reserved and what it announced. One whose
 * effect may have come about keeps both, and leaves a record of unknown origin: undo then asks.
 */
export function leaveNoEffect(turn: Turn, step: ActionStep): void {
  const state = stepOf(turn, step.path);
  if (mayHaveActed(state, state.failure)) {
    if (state.rendered !== null) leaveRecord(turn, step, state.rendered, 'unknown', null);
    return;
  }
  if (state.reserved) turn.commands.push({ kind: 'return-reservation', ref: step.path });
  if (state.wanted) turn.commands.push({ kind: 'drop-hold', ref: step.path });
  updateStep(turn, step.path, { reserved: false, wanted: false });
}
