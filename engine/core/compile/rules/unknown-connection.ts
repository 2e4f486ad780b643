import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { Rule } from '../context.ts';
import { keyAt, scalarField } from '../source-node.ts';
import { actionSteps, systemOf } from '../step-facts.ts';

/** A named connection exists; without a name there is exactly one to choose. */
export const unknownConnection: Rule = (context) => {
  const { connections } = context;
  if (!connections) return [];
  return actionSteps(context).flatMap(([step, manifest]) => {
    const system = systemOf(manifest.key);
    const known = connections.get(system) ?? [];
    const named = scalarField(step.node, 'connection');
    if (typeof named?.value === 'string') {
      if (known.includes(named.value)) return [];
      const meant = nearestName(named.value, known);
      return [
        {
          code: 'compile/unknown-connection',
          at: named.at,
          path: named.path,
          message: `"${named.value}" is not a connection of the system "${system}"`,
          ...didYouMean(
            meant,
            named.at,
            named.value,
            context.source.text,
            `known: ${known.join(', ') || 'none'}`,
          ),
        },
      ];
    }
    if (known.length <= 1) return [];
    return [
      {
        code: 'compile/unknown-connection',
        at: keyAt(step.node, 'action'),
        path: step.node.path,
        message: `the system "${system}" has several connections and the step names none`,
        help: `add "connection:" with one of ${known.join(', ')}`,
      },
    ];
  });
};
