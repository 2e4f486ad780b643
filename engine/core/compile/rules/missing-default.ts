import type { Rule } from '../context.ts';
import { keyAt } from '../source-node.ts';

/** A switch says what happens when no case is true, if only with an empty list. */
export const missingDefault: Rule = ({ outline }) =>
  outline.all
    .filter(({ kind, node }) => kind === 'switch' && !node.fields.has('default'))
    .map(({ node, planId }) => ({
      code: 'compile/missing-default',
      at: keyAt(node, 'switch'),
      path: node.path,
      message: `"${planId}" does nothing when no case is true, and does not say so`,
      help: 'add "default: []" if that is meant',
    }));
