import { type ActionClass, classRank } from '../contracts/action.ts';
import type { CallStep, Plan, PlanChild } from '../contracts/plan.ts';
import { doublesIn } from '../expression/doubles-in.ts';
import { mustNotRepeat } from '../prove/effects.ts';
import { stepsWithin } from '../prove/plan-blocks.ts';
import { childOutputs } from './child-outputs.ts';
import type { Callable } from './context.ts';
import { lowerApproval } from './lower-approval.ts';
import { templateMap } from './lower-value.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import type { StepSite } from './outline.ts';
import { mapField, scalarField } from './source-node.ts';

export function lowerCall(step: StepSite, base: StepBase, parts: LoweringParts): CallStep {
  const { node } = step;
  const child = parts.children.get(step);
  if (!child) throw new Error(`step ${step.path} reached the lowering without its playbook`);
  const approval = mapField(node, 'approval');
  const urgent = contains(child.plan.impact);
  return {
    kind: 'call',
    ...base,
    playbook: child.plan.playbook.id,
    with: templateMap(mapField(node, 'with'), parts.source),
    attach: scalarField(node, 'attach')?.value !== false,
    approval: approval ? lowerApproval(approval, urgent, parts.source) : null,
    fallbackApproval: lowerApproval(undefined, urgent, parts.source),
  };
}

export function pinChild({ digest, plan }: Callable): PlanChild {
  const { title, version } = plan.playbook;
  const pinned = { digest, title, version, inputs: plan.inputs, impact: plan.impact };
  const { outputs } = doublesIn({ outputs: childOutputs(plan) });
  return {
    ...pinned,
    ...(actsOnce(plan) && { once: true }),
    ...(outputs !== undefined && { doubles: outputs }),
  };
}

function contains(impact: ActionClass): boolean {
  return classRank[impact] >= classRank.contain;
}

function actsOnce({ steps, onFailure, children }: Plan): boolean {
  const own = [...stepsWithin(steps), ...stepsWithin(onFailure)];
  return (
    own.some((step) => step.kind === 'action' && mustNotRepeat(step)) ||
    Object.values(children).some(({ once }) => once === true)
  );
}
