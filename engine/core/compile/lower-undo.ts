import type { UndoStep } from '../contracts/plan.ts';
import { lowerApproval } from './lower-approval.ts';
import { templateOf } from './lower-value.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import { findStep, type StepSite } from './outline.ts';
import { field, mapField, textField, textItems } from './source-node.ts';

export function lowerUndo(step: StepSite, base: StepBase, parts: LoweringParts): UndoStep {
  const { node } = step;
  const approval = mapField(node, 'approval');
  const reason = field(node, 'reason');
  return {
    kind: 'undo',
    ...base,
    steps: textField(node, 'undo') === 'all' ? 'all' : chosenPaths(step),
    reason: reason ? templateOf(reason, parts.source) : { t: 'literal', value: '' },
    approval: approval ? lowerApproval(approval, false, parts.source) : null,
    fallbackApproval: lowerApproval(undefined, false, parts.source),
  };
}

/** A block stands for what is in it; a loop and a call keep their own path, whatever their scopes did. */
function chosenPaths(undo: StepSite): string[] {
  const paths = textItems(undo.node, 'undo').flatMap((id) => {
    const step = findStep(id, undo.body);
    return step ? recordPaths(step) : [];
  });
  return [...new Set(paths)];
}

function recordPaths(step: StepSite): string[] {
  if (step.kind === 'if' || step.kind === 'switch' || step.kind === 'parallel')
    return step.blocks.flatMap((block) => block.steps.flatMap(recordPaths));
  return step.kind === 'action' || step.inner || step.kind === 'call' ? [step.path] : [];
}
