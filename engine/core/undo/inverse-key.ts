import type { ActionStep, Plan, PlanAction } from '../contracts/plan.ts';

/** Manifests name an inverse by its key; the plan pins it by key and major. */
export function inverseKey(plan: Plan, action: string): string | null {
  return Object.keys(plan.inverses).find((key) => key === action || key.startsWith(`${action}@`)) ?? null;
}

/** The action that takes a success of this step back, as the plan pinned it; null when none does. */
export function inverseOfStep(plan: Plan, { action, rollback }: ActionStep): PlanAction | null {
  switch (rollback.kind) {
    case 'none':
      return null;
    case 'action':
      return plan.inverses[rollback.action] ?? null;
    case 'default': {
      const key = action.inverse.kind === 'action' ? inverseKey(plan, action.inverse.action) : null;
      return key === null ? null : (plan.inverses[key] ?? null);
    }
  }
}
