import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { Rule } from '../context.ts';
import { scalarField } from '../source-node.ts';

/** A `call` names a playbook whose current version is known: it becomes part of this plan. */
export const unknownPlaybook: Rule = ({ outline, children, playbooks, refused, source }) =>
  outline.all.flatMap((step) => {
    const written = step.kind === 'call' ? scalarField(step.node, 'call') : undefined;
    if (typeof written?.value !== 'string' || children.has(step)) return [];
    // Calling itself is a cycle, and reported as one.
    if (written.value === scalarField(source.root, 'id')?.value) return [];
    if (refused.has(written.value)) {
      return [
        {
          code: 'compile/unknown-playbook' as const,
          at: written.at,
          path: written.path,
          message: `step "${step.planId}" calls "${written.value}", which does not compile`,
          help: 'correct that playbook first',
        },
      ];
    }
    const meant = nearestName(written.value, playbooks.keys());
    return [
      {
        code: 'compile/unknown-playbook',
        at: written.at,
        path: written.path,
        message: `step "${step.planId}" calls "${written.value}", which is no playbook that is known here`,
        ...didYouMean(
          meant,
          written.at,
          written.value,
          source.text,
          'publish it first, or check both files together',
        ),
      },
    ];
  });
