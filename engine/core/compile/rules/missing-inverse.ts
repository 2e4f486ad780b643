import type { Problem } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { CompileContext, Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { keyAt, mapField, scalarField } from '../source-node.ts';
import { actionSteps } from '../step-facts.ts';

/** What takes a step back is installed: otherwise undo would be a promise that nobody can keep. */
export const missingInverse: Rule = (context) => [
  ...actionSteps(context).flatMap(([step, { key, inverse }]) => {
    if (inverse.kind !== 'action' || context.registry.has(inverse.action)) return [];
    if (step.node.fields.has('rollback')) return [];
    const at = scalarField(step.node, 'action') ?? step.label;
    return [
      {
        code: 'compile/missing-inverse' as const,
        at: at.at,
        path: at.path,
        message: `"${key}" is taken back with "${inverse.action}", which is not installed`,
        help: 'install it, or write "rollback: none" if that is accepted',
      },
    ];
  }),
  ...context.outline.all.flatMap((step) => ownRollback(step, context)),
];

function ownRollback(step: StepSite, { registry, rollbacks, source }: CompileContext): Problem[] {
  const rollback = step.kind === 'action' ? mapField(step.node, 'rollback') : undefined;
  const written = scalarField(rollback, 'action');
  if (typeof written?.value !== 'string' || rollbacks.has(step)) return [];
  const meant = nearestName(written.value, registry.keys());
  return [
    {
      code: 'compile/missing-inverse',
      at: written.at ?? keyAt(step.node, 'rollback'),
      path: written.path,
      message: `the rollback of "${step.planId}" uses "${written.value}", which no action provides`,
      ...didYouMean(meant, written.at, written.value, source.text),
    },
  ];
}
