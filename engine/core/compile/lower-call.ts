import { type ActionClass, classRank } from '../contracts/action.ts';
import type { CallStep, PlanChild } from '../contracts/plan.ts';
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
  return { digest, title, version, inputs: plan.inputs, impact: plan.impact };
}

function contains(impact: ActionClass): boolean {
  return classRank[impact] >= classRank.contain;
}
