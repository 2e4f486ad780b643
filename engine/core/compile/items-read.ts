import type { CheckedSite } from './checked-site.ts';
import { findStep, type StepSite } from './outline.ts';

/** Loops whose results somebody reads item by item; the others may leave them in their rows. */
export function itemsRead(expressions: readonly CheckedSite[]): Set<StepSite> {
  const found = new Set<StepSite>();
  for (const { result, body } of expressions) {
    for (const { root, path } of result.references) {
      const [id, part] = path;
      const step = root === 'steps' && typeof id === 'string' ? findStep(id, body) : undefined;
      if (step?.kind === 'foreach' && (part === undefined || part === 'items')) found.add(step);
    }
  }
  return found;
}
