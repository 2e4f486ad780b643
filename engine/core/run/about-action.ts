import type { RenderedAction } from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ActionStep } from '../contracts/plan.ts';
import type { StepState } from './context.ts';
import { stepOf, type Turn } from './turn.ts';

/** What every entry about an action says of it. */
export function aboutAction(turn: Turn, step: ActionStep, rendered: RenderedAction): Partial<EntryDraft> {
  const state: StepState = stepOf(turn, step.path);
  const name =
    rendered.target === null
      ? undefined
      : turn.context.facts[`${rendered.target.kind}:${rendered.target.id}`]?.name;
  return {
    step: step.path,
    action: `${rendered.action}@${rendered.actionVersion}`,
    actionKey: rendered.actionKey,
    connection: rendered.connection,
    ...(rendered.target === null
      ? {}
      : { targets: [{ ...rendered.target, ...(typeof name === 'string' ? { name } : {}) }] }),
    ...(state.digest === null ? {} : { planDigest: state.digest }),
    ...(state.approvalId === null ? {} : { approvalId: state.approvalId }),
  };
}

export function renderedOf(turn: Turn, step: ActionStep): RenderedAction {
  const { rendered } = stepOf(turn, step.path);
  invariant(rendered !== null, `${step.path} has been rendered`);
  return rendered;
}
