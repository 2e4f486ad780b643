import { isJsonObject } from '../../../../schemas/json.ts';
import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { Rule } from '../context.ts';
import { listField } from '../source-node.ts';
import { actionSteps } from '../step-facts.ts';

/** A mask that misses its field hides nothing. */
export const maskField: Rule = (context) =>
  actionSteps(context).flatMap(([step, manifest]) => {
    const properties = isJsonObject(manifest.output.properties)
      ? Object.keys(manifest.output.properties)
      : [];
    return listField(step.node, 'mask').flatMap((item) => {
      if (item.kind !== 'scalar' || typeof item.value !== 'string' || properties.includes(item.value))
        return [];
      const meant = nearestName(item.value, properties);
      return [
        {
          code: 'compile/unknown-field',
          at: item.at,
          path: item.path,
          message: `"${item.value}" is not an output of "${manifest.key}"`,
          ...didYouMean(
            meant,
            item.at,
            item.value,
            context.source.text,
            `outputs: ${properties.join(', ') || 'none'}`,
          ),
        },
      ];
    });
  });
