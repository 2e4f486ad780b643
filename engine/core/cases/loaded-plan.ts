import type { Plan, PlanDigest } from '../contracts/plan.ts';

/** A plan with its digest. Its charts are built once per plan object and kept with it (`build-machine.ts`). */
export interface LoadedPlan {
  plan: Plan;
  digest: PlanDigest;
}
