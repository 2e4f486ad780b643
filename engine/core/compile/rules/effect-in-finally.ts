import { classRank } from '../../contracts/action.ts';
import type { CompileContext, Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { field, keyAt, mapField, scalarField, textField } from '../source-node.ts';
import { hasEffect } from '../step-facts.ts';

/** `finally` runs after denials and cancellations too: it may look and tell, not act, nor take back. */
export const effectInFinally: Rule = (context) =>
  context.outline.all.flatMap((step) => {
    if (topBlock(step).role !== 'finally') return [];
    return [...effectOf(step, context), ...undoAfter(step)].map(({ place, what }) => ({
      code: 'compile/effect-in-finally' as const,
      at: place.at,
      path: place.path,
      message: `${what}; finally may only read and notify`,
    }));
  });

interface Effect {
  place: { at: StepSite['label']['at']; path: string };
  what: string;
}

function effectOf(step: StepSite, { manifests, children }: CompileContext): Effect[] {
  const { node } = step;
  const manifest = manifests.get(step);
  const child = children.get(step);
  if (manifest !== undefined && hasEffect(manifest)) {
    const place = scalarField(node, 'action') ?? step.label;
    return [{ place, what: `"${manifest.key}" is of class ${manifest.class}` }];
  }
  if (child !== undefined && classRank[child.plan.impact] > classRank.notify) {
    const place = scalarField(node, 'call') ?? step.label;
    return [{ place, what: `playbook "${child.plan.playbook.id}" may ${child.plan.impact}` }];
  }
  return step.kind === 'undo'
    ? [{ place: { at: keyAt(node, 'undo'), path: node.path }, what: '"undo" changes targets' }]
    : [];
}

function undoAfter({ node }: StepSite): Effect[] {
  const written = field(node, 'on_error');
  const then = written?.kind === 'map' ? textField(written, 'then') : textField(node, 'on_error');
  if (then !== 'undo') return [];
  const place = scalarField(node, 'on_error') ?? scalarField(mapField(node, 'on_error'), 'then');
  return place === undefined ? [] : [{ place, what: '"on_error: undo" changes targets' }];
}

function topBlock(step: StepSite): StepSite['block'] {
  let { block } = step;
  while (block.owner) block = block.owner.block;
  return block;
}
