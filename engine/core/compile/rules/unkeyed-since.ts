import type { TriggerType } from '../../contracts/plan.ts';
import { isIndexedKey } from '../../run/indexed-keys.ts';
import type { Rule } from '../context.ts';
import { bareExpression } from '../lower-value.ts';
import { keyOf } from '../lower-wait.ts';
import { mapField, scalarField, textField } from '../source-node.ts';

/** Who looks back to the beginning of a run has to find what came since then, and not to read everything. */
export const unkeyedSince: Rule = ({ outline }) =>
  outline.all
    .filter(({ kind }) => kind === 'wait')
    .flatMap(({ node }) => {
      const wait = mapField(node, 'wait');
      const since = scalarField(wait, 'since');
      if (wait === undefined || since === undefined) return [];
      const type = textField(wait, 'for') as TriggerType;
      const match = bareExpression(wait, 'match');
      const key = match === null ? null : keyOf(match);
      if (key !== null && isIndexedKey(type, key.path)) return [];
      return [
        {
          code: 'compile/unkeyed-since' as const,
          at: since.at,
          path: since.path,
          message: `nothing in "match" says by which incident or target an earlier ${type} is found`,
          help: 'add `signal.incident.id == inputs.incident_id &&` or the like to "match", or leave "since" out: then ten minutes are looked at',
        },
      ];
    });
