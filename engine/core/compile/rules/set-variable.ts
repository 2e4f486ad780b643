import type { Problem } from '../../diagnostics/diagnostic.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { renameKey } from '../rename-key.ts';
import { keyAt, mapField, type PlaybookSource } from '../source-node.ts';

/** S6: `set` changes declared variables only, and never where branches run at the same time. */
export const setVariable: Rule = ({ source, outline }) =>
  outline.all
    .filter(({ kind }) => kind === 'set')
    .flatMap((step) => [...undeclared(step, source), ...racing(step)]);

function undeclared(step: StepSite, source: PlaybookSource): Problem[] {
  const declared = mapField(source.root, 'vars');
  const set = mapField(step.node, 'set');
  if (!set) return [];
  return [...set.fields.values()].flatMap(({ key, keyAt: at, value }) => {
    if (declared?.fields.has(key)) return [];
    const meant = nearestName(key, declared?.fields.keys() ?? []);
    return [
      {
        code: 'compile/unknown-name',
        at,
        path: value.path,
        message: `"set" changes "${key}", which is not declared under "vars"`,
        ...renameKey(set, key, meant, source.text, 'declare it under "vars" with its first value'),
      },
    ];
  });
}

function racing(step: StepSite): Problem[] {
  for (let block: StepSite['block'] | undefined = step.block; block; block = block.owner?.block) {
    if ((block.role !== 'branch' && block.role !== 'body') || !block.owner) continue;
    const place = { at: keyAt(step.node, 'set'), path: step.node.path };
    const { label, planId, kind } = block.owner;
    if (block.role === 'body') {
      return [
        {
          ...place,
          code: 'compile/racing-set',
          message: `a run variable is set inside "${planId}", whose scopes do not share it`,
          seen: { at: label.at, message: `"${planId}" repeats this step` },
          help:
            kind === 'foreach'
              ? 'use "collect", or set after the loop'
              : `read steps.${planId}.outputs.last after the loop, and set there`,
        },
      ];
    }
    return [
      {
        ...place,
        code: 'compile/racing-set',
        message: `branch "${block.name}" sets a run variable while other branches run`,
        seen: { at: label.at, message: `"${planId}" starts the branches` },
        help: 'use the outputs of the branch, or set after the join',
      },
    ];
  }
  return [];
}
