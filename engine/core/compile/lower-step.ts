import type { OnDenied, PlanOnError, PlanStep, StopStep } from '../contracts/plan.ts';
import { lowerAction } from './lower-action.ts';
import { lowerApproval } from './lower-approval.ts';
import { lowerForeach, lowerIf, lowerParallel, lowerRepeat, lowerSwitch } from './lower-block.ts';
import { lowerCall } from './lower-call.ts';
import { lowerUndo } from './lower-undo.ts';
import { bareExpression, templateMap, templateOf } from './lower-value.ts';
import { lowerWait } from './lower-wait.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import { type Block, findStep, type StepSite } from './outline.ts';
import { field, mapField, type SourceMap, textField, textItems } from './source-node.ts';
import { isContainment } from './step-facts.ts';

export function lowerSteps(block: Block | undefined, parts: Omit<LoweringParts, 'steps'>): PlanStep[] {
  const whole: LoweringParts = { ...parts, steps: (inner) => lowerBlock(inner, whole) };
  return whole.steps(block);
}

function lowerBlock(block: Block | undefined, parts: LoweringParts): PlanStep[] {
  return (block?.steps ?? []).map((step) => lowerStep(step, parts));
}

function lowerStep(step: StepSite, parts: LoweringParts): PlanStep {
  const { node, kind } = step;
  const base: StepBase = {
    id: step.planId,
    path: step.path,
    name: textField(node, 'name') ?? step.id ?? kind,
    if: bareExpression(node, 'if'),
    onError: lowerOnError(step, parts),
    onDenied: onDenied(textField(node, 'on_denied')),
  };
  switch (kind) {
    case 'action':
      return lowerAction(step, base, parts);
    case 'approval': {
      const approval = mapField(node, 'approval');
      const covered = textItems(approval, 'covers').flatMap((id) => findStep(id, step.body) ?? []);
      const urgent = covered.some((other) => {
        const manifest = parts.manifests.get(other);
        return manifest !== undefined && isContainment(manifest);
      });
      const covers = covered.map(({ path }) => path);
      return { kind, ...base, approval: lowerApproval(approval, urgent, parts.source), covers };
    }
    case 'if':
      return lowerIf(step, base, parts);
    case 'switch':
      return lowerSwitch(step, base, parts);
    case 'parallel':
      return lowerParallel(step, base, parts);
    case 'foreach':
      return lowerForeach(step, base, parts);
    case 'repeat':
      return lowerRepeat(step, base, parts);
    case 'wait':
      return lowerWait(step, base, parts);
    case 'call':
      return lowerCall(step, base, parts);
    case 'undo':
      return lowerUndo(step, base, parts);
    case 'set':
      return { kind, ...base, values: templateMap(mapField(node, 'set'), parts.source) };
    case 'stop':
      return lowerStop(mapField(node, 'stop'), base, parts);
    case 'unclear':
      // Refused by the shape check; a plan of it would be a lie.
      throw new Error(`step ${step.path} of no clear kind reached the lowering`);
  }
}

function lowerStop(stop: SourceMap | undefined, base: StepBase, { source }: LoweringParts): StopStep {
  const reason = field(stop, 'reason');
  const outcome = textField(stop, 'outcome');
  return {
    kind: 'stop',
    ...base,
    outcome: outcome === 'succeeded' || outcome === 'denied' ? outcome : 'failed',
    reason: reason ? templateOf(reason, source) : { t: 'literal', value: '' },
  };
}

function lowerOnError(step: StepSite, parts: LoweringParts): PlanOnError {
  const written = field(step.node, 'on_error');
  const then = written?.kind === 'map' ? textField(written, 'then') : textField(step.node, 'on_error');
  return {
    steps: parts.steps(step.onError ?? undefined),
    then: then === 'continue' || then === 'undo' ? then : 'fail',
  };
}

function onDenied(written: string | undefined): OnDenied {
  return written === 'continue' || written === 'fail' ? written : 'stop';
}
