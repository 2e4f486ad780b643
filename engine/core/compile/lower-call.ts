import type { JsonObject } from '../../../schemas/json.ts';
import { type ActionClass, classRank } from '../contracts/action.ts';
import type { CallStep, Plan, PlanChild } from '../contracts/plan.ts';
import { doublesIn } from '../expression/doubles-in.ts';
import type { TypeEnv, ValueType } from '../expression/value-type.ts';
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
  const numbers = numbersIn(plan);
  return {
    digest,
    title,
    version,
    inputs: plan.inputs,
    impact: plan.impact,
    ...(actsOnce(plan) ? { once: true } : {}),
    ...(Object.keys(numbers).length > 0 ? { numbers } : {}),
  };
}

function numbersIn(plan: Plan): { [output: string]: JsonObject } {
  const outputs = childOutputs(plan);
  return schemasOf(outputs.t === 'map' ? doublesIn(outputs.fields) : {});
}

function schemasOf(doubles: TypeEnv): { [name: string]: JsonObject } {
  return Object.fromEntries(Object.entries(doubles).map(([name, type]) => [name, schemaOf(type)]));
}

function schemaOf(type: ValueType): JsonObject {
  switch (type.t) {
    case 'list':
      return { type: 'array', items: schemaOf(type.of) };
    case 'map':
      return { type: 'object', properties: schemasOf(type.fields) };
    default:
      return { type: 'number' };
  }
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
