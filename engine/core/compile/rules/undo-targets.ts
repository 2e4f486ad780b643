import type { Problem } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { CompileContext, Rule } from '../context.ts';
import { findStep, type StepSite } from '../outline.ts';
import { listField, type SourceNode } from '../source-node.ts';

/** `undo` names steps that come before it and that its place can see. */
export const undoTargets: Rule = (context) =>
  context.outline.all
    .filter(({ kind }) => kind === 'undo')
    .flatMap((undo) => listField(undo.node, 'undo').flatMap((item) => judge(item, undo, context)));

function judge(item: SourceNode, undo: StepSite, { flow, source }: CompileContext): Problem[] {
  if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
  const place = { at: item.at, path: item.path };
  const step = findStep(item.value, undo.body);
  const visible = flow.inside.get(undo)?.visible ?? new Set();
  if (!step) {
    const meant = nearestName(
      item.value,
      [...visible].flatMap(({ id }) => id ?? []),
    );
    return [
      {
        ...place,
        code: 'compile/unknown-step',
        message: `"${item.value}" is to be taken back, which is not a step`,
        ...didYouMean(meant, item.at, item.value, source.text),
      },
    ];
  }
  if (visible.has(step)) return [];
  return [
    {
      ...place,
      code: 'compile/not-visible-here',
      message: `"${item.value}" is to be taken back before it can have happened`,
      seen: { at: step.label.at, message: `step "${item.value}" is defined here` },
      help: 'a step sees only what comes before it, and not the sibling branches of a parallel',
    },
  ];
}
