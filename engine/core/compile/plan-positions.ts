import type { PlanPositions } from '../contracts/plan.ts';
import { indexLines, placeOf } from '../diagnostics/position.ts';
import type { Outline } from './outline.ts';
import { firstKeyAt, type PlaybookSource } from './source-node.ts';

/** Step paths, and JSON pointers into the file for the entries of its sections. */
export function planPositions(source: PlaybookSource, outline: Outline): PlanPositions {
  const lines = indexLines(source.text);
  const positions: PlanPositions = {};
  for (const { value, keyAt } of source.root.fields.values()) {
    positions[value.path] = placeOf(lines, keyAt.start);
    if (value.kind === 'map')
      for (const entry of value.fields.values())
        positions[entry.value.path] = placeOf(lines, entry.keyAt.start);
    if (value.kind === 'list')
      for (const item of value.items) positions[item.path] = placeOf(lines, item.at.start);
  }
  for (const step of outline.all) {
    const at = step.id === null ? firstKeyAt(step.node) : step.label.at;
    positions[step.path] = placeOf(lines, at.start);
  }
  return positions;
}
