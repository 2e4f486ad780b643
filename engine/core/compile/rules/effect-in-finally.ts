import type { Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { scalarField } from '../source-node.ts';
import { actionSteps, hasEffect } from '../step-facts.ts';

/** `finally` runs after denials and cancellations too: it may look and tell, not act. */
export const effectInFinally: Rule = (context) =>
  actionSteps(context).flatMap(([step, manifest]) => {
    if (!hasEffect(manifest) || topBlock(step).role !== 'finally') return [];
    const action = scalarField(step.node, 'action') ?? step.label;
    return [
      {
        code: 'compile/effect-in-finally',
        at: action.at,
        path: action.path,
        message: `"${manifest.key}" is of class ${manifest.class}; finally may only read and notify`,
      },
    ];
  });

function topBlock(step: StepSite): StepSite['block'] {
  let { block } = step;
  while (block.owner) block = block.owner.block;
  return block;
}
