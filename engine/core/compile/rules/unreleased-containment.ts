import type { CompileContext, Rule } from '../context.ts';
import { insertField } from '../insert-field.ts';
import { findStep, type StepSite } from '../outline.ts';
import { listField, scalarField, textField } from '../source-node.ts';
import { actionSteps } from '../step-facts.ts';

/**
 * A containment that can be taken back needs somebody who does: a lease, or an undo of this playbook.
 * Whether that undo can be reached from here is for the proofs; here it is enough that it exists.
 */
export const unreleasedContainment: Rule = (context) =>
  actionSteps(context).flatMap(([step, manifest]) => {
    if (manifest.class !== 'contain' || manifest.inverse.kind !== 'action') return [];
    if (step.node.fields.has('lease') || textField(step.node, 'rollback') === 'none') return [];
    if (isTakenBack(step, context)) return [];
    const action = scalarField(step.node, 'action') ?? step.label;
    const lease = insertField(step.node, 'action', 'lease: 72h', context.source.text);
    return [
      {
        code: 'compile/unreleased-containment',
        at: action.at,
        path: action.path,
        message: `what "${manifest.key}" does is taken back by nothing: it has no lease, and no undo names it`,
        help: 'add "lease: 72h" to the step, or an undo step that comes after it',
        ...(lease && { fix: { title: 'add "lease: 72h"', edits: [lease] } }),
      },
    ];
  });

function isTakenBack(step: StepSite, { outline }: CompileContext): boolean {
  return outline.all.some((other) => {
    const onError =
      textField(other.node, 'on_error') ?? textField(other.node.fields.get('on_error')?.value, 'then');
    if (onError === 'undo') return true;
    if (other.kind !== 'undo') return false;
    if (textField(other.node, 'undo') === 'all') return true;
    const named = listField(other.node, 'undo').flatMap((item) =>
      item.kind === 'scalar' && typeof item.value === 'string' ? [findStep(item.value, other.body)] : [],
    );
    return named.some((target) => target !== undefined && isWithin(step, target));
  });
}

/** The step itself, or a block that it stands in. */
function isWithin(step: StepSite, target: StepSite): boolean {
  for (let at: StepSite | null = step; at; at = at.block.owner) if (at === target) return true;
  return false;
}
