import type { UndoStep } from '../contracts/plan.ts';
import { lowerApproval } from './lower-approval.ts';
import { templateOf } from './lower-value.ts';
import type { LoweringParts, StepBase } from './lowering-parts.ts';
import { findStep, type StepSite } from './outline.ts';
import { field, mapField, textField, textItems } from './source-node.ts';
import { hasEffect } from './step-facts.ts';

export function lowerUndo(step: StepSite, base: StepBase, parts: LoweringParts): UndoStep {
  const { node } = step;
  const approval = mapField(node, 'approval');
  const reason = field(node, 'reason');
  return {
    kind: 'undo',
    ...base,
    steps: textField(node, 'undo') === 'all' ? 'all' : chosenPaths(step, parts),
    reason: reason ? templateOf(reason, parts.source) : { t: 'literal', value: '' },
    approval: approval ? lowerApproval(approval, false, parts.source) : null,
    fallbackApproval: lowerApproval(undefined, false, parts.source),
  };
}

/**
 * A block stands for what is in it, and every step for what its `on_error` did; a loop and a call keep
 * their own path, whatever their scopes did.
 */
function chosenPaths(undo: StepSite, parts: LoweringParts): string[] {
  const paths = textItems(undo.node, 'undo').flatMap((id) => {
    const step = findStep(id, undo.body);
    return step ? recordPaths(step, parts) : [];
  });
  return [...new Set(paths)];
}

function recordPaths(step: StepSite, parts: LoweringParts): string[] {
  return [
    ...ownPaths(step, parts),
    ...(step.onError?.steps ?? []).flatMap((each) => handledPaths(each, parts)),
  ];
}

function ownPaths(step: StepSite, parts: LoweringParts): string[] {
  if (step.kind === 'if' || step.kind === 'switch' || step.kind === 'parallel')
    return step.blocks.flatMap((block) => block.steps.flatMap((each) => recordPaths(each, parts)));
  return step.kind === 'action' || step.inner || step.kind === 'call' ? [step.path] : [];
}

/** Most handlers only tell somebody: what cannot leave anything is not named. */
function handledPaths(step: StepSite, parts: LoweringParts): string[] {
  const manifest = parts.manifests.get(step);
  const own = manifest !== undefined && !hasEffect(manifest) ? [step.path] : [];
  return recordPaths(step, parts).filter((path) => !own.includes(path));
}
