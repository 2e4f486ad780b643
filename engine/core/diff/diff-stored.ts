import type { JsonObject } from '../../../schemas/json.ts';
import { positionsOf } from '../compile/positions-of.ts';
import { presentPlan } from '../contracts/present-plan.ts';
import { diffPlans, type PlanDiff } from './diff-plans.ts';

/** A version as it was published. */
export interface StoredVersion {
  plan: JsonObject;
  digest: string;
  source: string;
}

/** Null where one of the two was compiled by another compiler: its plan has other fields, and only the texts compare. */
export function diffStored(before: StoredVersion, after: StoredVersion): PlanDiff | null {
  const [old, now] = [presentPlan(before.plan), presentPlan(after.plan)];
  if (old === null || now === null) return null;
  return diffPlans(
    { plan: old, digest: before.digest, positions: positionsOf(before.source) },
    { plan: now, digest: after.digest, positions: positionsOf(after.source) },
  );
}
