import type { RenderedAction } from '../contracts/command.ts';
import type { ActionStep } from '../contracts/plan.ts';
import { stepOf, type Turn, updateStep } from '../run/turn.ts';

/**
 * Before an effect that may be held goes out, the run says that it wants it, so that nobody else's
 * undo takes it away meanwhile (language reference 6). An undo wants nothing.
 */
export function wantHold(turn: Turn, step: ActionStep, rendered: RenderedAction): void {
  const { effect } = step.action;
  const contains = step.action.class === 'contain' || step.action.class === 'eradicate';
  if (!contains || effect === null || rendered.target === null) return;
  if (turn.context.env.scope.kind === 'undo' || stepOf(turn, step.path).wanted) return;
  updateStep(turn, step.path, { wanted: true });
  turn.commands.push({ kind: 'want-hold', ref: step.path, effect, target: rendered.target });
}
