import type { LoadedPlan } from '../core/cases/loaded-plan.ts';
import type { Plan } from '../core/contracts/plan.ts';
import type { EngineParts } from './engine-parts.ts';

/** What a plan calls, and what that calls, by id: each of the version that was pinned when it was published. */
export async function calledPlans(
  { loadPlan }: Pick<EngineParts, 'loadPlan'>,
  plan: Plan,
): Promise<{ [playbookId: string]: LoadedPlan }> {
  const called: { [playbookId: string]: LoadedPlan } = {};
  const add = async (parent: Plan): Promise<void> => {
    for (const [id, { digest }] of Object.entries(parent.children)) {
      if (Object.hasOwn(called, id)) continue;
      const { plan: child } = await loadPlan(digest);
      called[id] = { plan: child, digest };
      await add(child);
    }
  };
  await add(plan);
  return called;
}
