import type { PlanPositions } from '../contracts/plan.ts';
import { outOfProportion } from './out-of-proportion.ts';
import { outlinePlaybook } from './outline.ts';
import { planPositions } from './plan-positions.ts';
import { readYaml } from './read-yaml.ts';

/**
 * Where the steps of a text stand, without compiling it: what was published long ago need not compile any more. Empty
 * for a text that cannot be read.
 */
export function positionsOf(text: string): PlanPositions {
  const { root } = readYaml(text);
  if (!root || outOfProportion(root) !== null) return {};
  const source = { file: '', text, root };
  return planPositions(source, outlinePlaybook(source));
}
