import type { RenderedAction } from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ActionStep } from '../contracts/plan.ts';
import type { StepState } from './context.ts';
import { nameOfTarget } from './name-target.ts';
import { stepOf, type Turn } from './turn.ts';

/** What every entry about an action says of it. */
export function aboutAction(turn: Turn, step: ActionStep, rendered: RenderedAction): Partial<EntryDraft> {
  const state: StepState = stepOf(turn, step.path);
  const name = nameOfTarget(turn.context, rendered.target);
  return {
    step: step.path,
    action: `${rendered.action}@${rendered.actionVersion}`,
    actionKey: rendered.actionKey,
    connection: rendered.connection,
    ...(rendered.target === null
      ? {}
      : { targets: [{ ...rendered.target, ...(name === null ? {} : { name }) }] }),
    ...(state.digest === null ? {} : { planDigest: state.digest }),
    ...(state.approvalId === null ? {} : { approvalId: state.approvalId }),
  };
}

export function renderedOf(turn: Turn, step: ActionStep): RenderedAction {
  const { rendered } = stepOf(turn, step.path);
  invariant(rendered !== null, `${step.path} has been rendered`);
  return rendered;
}
