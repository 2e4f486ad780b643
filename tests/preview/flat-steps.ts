import type { PreviewStep, PreviewTree } from '../../engine/core/preview/preview.ts';

/** Every step of a dry run, blocks after the step that holds them. */
export function flatSteps(tree: PreviewTree): PreviewStep[] {
  return [...tree.steps, ...tree.onFailure, ...tree.finally].flatMap(flat);
}

function flat(step: PreviewStep): PreviewStep[] {
  return [step, ...step.blocks.flatMap((block) => block.steps.flatMap(flat))];
}
