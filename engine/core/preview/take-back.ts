import { changesTargets } from '../contracts/action.ts';
import type { ActionStep, Plan } from '../contracts/plan.ts';
import { inverseKey } from '../undo/inverse-key.ts';
import type { Sight } from './look-at.ts';
import type { PreviewUndo, PreviewValue } from './preview.ts';
import { previewValues } from './preview-value.ts';

/** How a success of this step would be taken back; null when there is nothing to take back. */
export function takeBack(
  plan: Plan,
  step: ActionStep,
  given: readonly PreviewValue[],
  sight: Sight,
): PreviewUndo | null {
  const lease = { leaseMs: step.lease?.forMs ?? null, atEnd: step.lease?.atEnd ?? null };
  const { inverse } = step.action;
  switch (step.rollback.kind) {
    case 'none':
      return changesTargets(step.action.class)
        ? { is: 'irreversible', reason: 'the playbook says that it is not taken back' }
        : null;
    case 'action':
      return {
        is: 'action',
        action: step.rollback.action,
        // It sees the step's own outputs, which nobody knows before it has been done.
        arguments: previewValues(step.rollback.with, {
          ...sight,
          holes: [...sight.holes, ['steps', step.id]],
        }),
        ...lease,
      };
    case 'default': {
      if (inverse.kind === 'not-needed') return null;
      if (inverse.kind === 'irreversible') return { is: 'irreversible', reason: inverse.reason };
      const pinned = inverseKey(plan, inverse.action);
      if (pinned === null)
        return { is: 'irreversible', reason: `${inverse.action} was not installed when this was compiled` };
      const mapped = Object.entries(inverse.arguments).flatMap(([argument, own]) => {
        const value = given.find((each) => each.name === own);
        return value === undefined ? [] : [{ ...value, name: argument }];
      });
      return { is: 'action', action: pinned, arguments: mapped, ...lease };
    }
  }
}
