import type { Rule } from '../context.ts';
import { scalarField } from '../source-node.ts';
import { actionSteps } from '../step-facts.ts';

/** The action works today; its next major version will be the one that does not have it. */
export const deprecatedAction: Rule = (context) =>
  actionSteps(context).flatMap(([step, { key, deprecated }]) => {
    if (deprecated === undefined) return [];
    const action = scalarField(step.node, 'action') ?? step.label;
    return [
      {
        code: 'compile/deprecated-action',
        at: action.at,
        path: action.path,
        message: `"${key}" should not be used any more: ${deprecated.reason}`,
        ...(deprecated.use !== undefined && {
          help: `use "${deprecated.use}"; look at its arguments, they may differ`,
        }),
      },
    ];
  });
