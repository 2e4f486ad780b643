import type { Rule } from '../context.ts';
import { durationOf } from '../lower-value.ts';
import { readDuration } from '../read-duration.ts';
import { mapField, scalarField } from '../source-node.ts';

const runTimeoutMs = 30 * 86_400_000;
/** Longer than any run may live: `over-limit` says so. */
const longestMs = 90 * 86_400_000;

/** A wait that is as long as the run may live never ends by itself: the run times out instead. */
export const unboundedWait: Rule = ({ source, outline }) => {
  const runMs = durationOf(source.root, 'timeout') ?? runTimeoutMs;
  return outline.all
    .filter(({ kind }) => kind === 'wait')
    .flatMap(({ node }) => {
      const scalar = scalarField(node, 'wait') ?? scalarField(mapField(node, 'wait'), 'timeout');
      const ms = typeof scalar?.value === 'string' ? readDuration(scalar.value) : null;
      if (!scalar || ms === null || ms < runMs || ms > longestMs) return [];
      return [
        {
          code: 'compile/unbounded-wait' as const,
          at: scalar.at,
          path: scalar.path,
          message: `this wait of ${scalar.value} is not over before the run times out`,
          help: 'make it shorter, or raise the "timeout" of the playbook (default 30d, at most 90d)',
        },
      ];
    });
};
