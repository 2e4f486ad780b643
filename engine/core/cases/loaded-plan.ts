import type { AnyStateMachine } from 'xstate';
import { buildMachine } from '../compile/build-machine.ts';
import type { Plan, PlanDigest } from '../contracts/plan.ts';

/** A plan with its charts, built once for all cases of a playbook. */
export interface LoadedPlan {
  plan: Plan;
  digest: PlanDigest;
  machine: AnyStateMachine;
}

export function loadPlan(plan: Plan, digest: PlanDigest): LoadedPlan {
  return { plan, digest, machine: buildMachine(plan) };
}
