import { parseSyntax } from '../expression/parse-syntax.ts';
import { unwrapExpression } from '../expression/parse-template.ts';
import { pathsKnownWhenTrue } from '../expression/references.ts';

/**
 * Ids of steps that have certainly succeeded when a condition is known to hold (or not to):
 * `steps.x.status == "succeeded"` and `has(steps.x.outputs.y)`, alone or in a conjunction. What
 * is not recognised proves nothing: that costs the author a clearer condition, never a run.
 */
export function knownSuccesses(condition: string, holds: boolean): string[] {
  const { expr } = unwrapExpression(condition);
  const syntax = parseSyntax(holds ? expr : `!(${expr})`);
  if (!syntax.ok) return [];
  return pathsKnownWhenTrue(syntax.parsed.ast).flatMap(([root, id, part, output]) => {
    if (root !== 'steps' || id === undefined) return [];
    // A bare ['steps', id] is a proven status; outputs count only when one of them is there.
    return part === undefined || (part === 'outputs' && output !== undefined) ? [id] : [];
  });
}
