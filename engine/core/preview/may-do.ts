import { changesTargets } from '../contracts/action.ts';
import type { ActionStep, Plan, PlanAction, PlanApproval, PlanDigest } from '../contracts/plan.ts';
import { everyStep, walk } from '../run/list-steps.ts';

/*
 * Everything that a plan may do, whatever a run will find: each of its action steps and of those of the playbooks that it
 * calls, and who is asked before. Conditions are not looked at, since every one of them may hold.
 */

/** `mode`: the playbook need not ask by its own word, and mode `ask` demands it. */
export type Asking = 'always' | 'sometimes' | 'mode' | 'never';

export interface MayDo {
  /** Null: this playbook; otherwise the called one that has the step. */
  playbook: { id: string; title: string } | null;
  step: ActionStep;
  asks: Asking;
}

export interface AllItMayDo {
  does: MayDo[];
  /** What takes it back, where somebody or something orders that. */
  takesBack: PlanAction[];
  /** Called playbooks whose plan is not at hand or of another compiler: what they do is not among it. */
  unread: string[];
}

/** @param called plans of called playbooks by digest, those that they call included */
export function allItMayDo(plan: Plan, called: ReadonlyMap<PlanDigest, Plan>): AllItMayDo {
  const reached = new Map<PlanDigest, Reached>();
  reach(plan, 'never', called, reached);
  const all: AllItMayDo = { does: [], takesBack: Object.values(plan.inverses), unread: [] };
  tell(plan, null, 'never', plan.mode, all);
  for (const { id, title, before, inside } of reached.values()) {
    if (inside === undefined) all.unread.push(id);
    else tell(inside, { id, title }, before, plan.mode, all);
  }
  return all;
}

/** A called playbook; of several ways to it the one on which least was asked. */
interface Reached {
  id: string;
  title: string;
  before: Asking;
  inside: Plan | undefined;
}

function reach(
  plan: Plan,
  before: Asking,
  called: ReadonlyMap<PlanDigest, Plan>,
  reached: Map<PlanDigest, Reached>,
): void {
  const asks = askedBefore(plan);
  for (const step of everyStep(plan)) {
    const child = step.kind === 'call' ? plan.children[step.playbook] : undefined;
    if (step.kind !== 'call' || child === undefined) continue;
    const here = most(asking(step.approval), asks.get(step.path), before);
    const known = reached.get(child.digest);
    if (known !== undefined && most(here, known.before) === here) continue;
    const inside = called.get(child.digest);
    reached.set(child.digest, { id: step.playbook, title: child.title, before: here, inside });
    if (inside !== undefined) reach(inside, here, called, reached);
  }
}

/** A called playbook runs in the mode of the one that called it. */
function tell(
  plan: Plan,
  playbook: MayDo['playbook'],
  before: Asking,
  mode: Plan['mode'],
  all: AllItMayDo,
): void {
  const asks = askedBefore(plan);
  for (const step of everyStep(plan)) {
    if (step.kind !== 'action') continue;
    const byMode = mode === 'ask' && changesTargets(step.action.class) ? 'mode' : 'never';
    all.does.push({
      playbook,
      step,
      asks: most(asking(step.approval), asks.get(step.path), before, byMode),
    });
  }
}

/** For each step, what gates and lists in front of it ask. */
function askedBefore(plan: Plan): Map<string, Asking> {
  const before = new Map<string, Asking>();
  const ask = (path: string, approval: PlanApproval | null) =>
    before.set(path, most(asking(approval), before.get(path)));
  for (const step of everyStep(plan)) {
    if (step.kind === 'approval') for (const path of step.covers) ask(path, step.approval);
    if (step.kind === 'foreach') for (const { path } of walk(step.steps, true)) ask(path, step.approval);
  }
  return before;
}

function asking(approval: PlanApproval | null): Asking {
  if (approval === null) return 'never';
  return approval.when === null ? 'always' : 'sometimes';
}

const order: readonly Asking[] = ['never', 'sometimes', 'mode', 'always'];

function most(...asks: (Asking | undefined)[]): Asking {
  return order[Math.max(...asks.map((each) => order.indexOf(each ?? 'never')))] ?? 'never';
}
