import type { Problem } from '../../diagnostics/diagnostic.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { Rule } from '../context.ts';
import type { StepSite } from '../outline.ts';
import { keyAt, mapField, type PlaybookSource } from '../source-node.ts';

/** S6: `set` changes declared variables only, and never where branches run at the same time. */
export const setVariable: Rule = ({ source, outline }) =>
  outline.all
    .filter(({ kind }) => kind === 'set')
    .flatMap((step) => [...undeclared(step, source), ...racing(step)]);

function undeclared(step: StepSite, source: PlaybookSource): Problem[] {
  const declared = mapField(source.root, 'vars');
  return [...(mapField(step.node, 'set')?.fields.values() ?? [])].flatMap(({ key, keyAt: at, value }) => {
    if (declared?.fields.has(key)) return [];
    const meant = nearestName(key, declared?.fields.keys() ?? []);
    return [
      {
        code: 'compile/unknown-name',
        at,
        path: value.path,
        message: `"set" changes "${key}", which is not declared under "vars"`,
        help: meant === null ? 'declare it under "vars" with its first value' : `did you mean "${meant}"?`,
      },
    ];
  });
}

function racing(step: StepSite): Problem[] {
  for (let block: StepSite['block'] | undefined = step.block; block; block = block.owner?.block) {
    if (block.role !== 'branch' || !block.owner) continue;
    return [
      {
        code: 'compile/racing-set',
        at: keyAt(step.node, 'set'),
        path: step.node.path,
        message: `branch "${block.name}" sets a run variable while other branches run`,
        seen: { at: block.owner.label.at, message: `"${block.owner.planId}" starts the branches` },
        help: 'use the outputs of the branch, or set after the join',
      },
    ];
  }
  return [];
}
