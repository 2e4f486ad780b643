import type { Rule } from '../context.ts';
import { findStep } from '../outline.ts';
import { expressionSpan } from '../read-template.ts';
import { withDefault } from './maybe-missing-default.ts';

/**
 * S5: outputs exist only after success. A step that may have been skipped, denied, failed or not
 * reached needs a guard in the same expression or in an enclosing `if`.
 */
export const maybeMissing: Rule = (context) => {
  const { expressions, source } = context;
  return expressions.flatMap((site) =>
    site.result.references.flatMap((reference) => {
      const [id, part, output] = reference.path;
      if (reference.root !== 'steps' || typeof id !== 'string' || part !== 'outputs' || output === undefined)
        return [];
      const step = findStep(id, site.body);
      if (!step || !site.state?.visible.has(step) || site.state.certain.has(step)) return [];
      // Index 2 is the output itself: a guard from there on, or before, keeps the use from failing.
      if (reference.guardedFrom !== null && reference.guardedFrom <= 2) return [];
      const path = `steps.${id}.outputs.${output}`;
      return [
        {
          code: 'compile/maybe-missing',
          at: expressionSpan(site, reference, source.text),
          path: site.scalar.path,
          message: `"${path}" is missing if step "${id}" did not succeed`,
          seen: { at: step.label.at, message: `step "${id}" may be skipped, denied, failed or not reached` },
          ...withDefault(reference, site, context),
          help: `write steps.${id}.outputs.?${output}.orValue(…), or test steps.${id}.status == "succeeded" in the same expression or an enclosing if`,
        },
      ];
    }),
  );
};
