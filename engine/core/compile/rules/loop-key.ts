import type { CompileContext, Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { firstKeyAt } from '../source-node.ts';
import { hasEffect } from '../step-facts.ts';

/** Items that act on a target are told apart by a key of their own, not by their place in a list. */
export const loopKey: Rule = (context) =>
  context.outline.all.flatMap((loop) => {
    if (loop.kind !== 'foreach' || loop.node.fields.has('key')) return [];
    const acting = actingStep(loop, context);
    if (!acting) return [];
    return [
      {
        code: 'compile/missing-field',
        at: firstKeyAt(loop.node),
        path: loop.node.path,
        message: `loop "${loop.planId}" needs "key": its items act on targets`,
        seen: { at: acting.label.at, message: `step "${acting.planId}" acts on a target` },
        help: 'name what identifies an item, e.g. "key: item.id"',
      },
    ];
  });

function actingStep(step: StepSite, context: CompileContext): StepSite | undefined {
  for (const block of [...step.blocks, ...(step.onError ? [step.onError] : [])]) {
    for (const inner of block.steps) {
      const manifest = context.manifests.get(inner);
      if (manifest?.target && hasEffect(manifest)) return inner;
      if (context.children.has(inner)) return inner;
      const deeper = actingStep(inner, context);
      if (deeper) return deeper;
    }
  }
  return undefined;
}
