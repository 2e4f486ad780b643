import type { Plan, PlanStep } from '../contracts/plan.ts';
import { everyStep } from '../run/list-steps.ts';

/*
 * What the cases of a playbook ought to have seen (language reference 12.3), read off the plan. Three
 * groups, each with a threshold of its own:
 *
 * - `steps`: each step reached.
 * - `branches`: each `if` true and false (also the `if` of a single step), each switch case and its
 *   default (written or not), each `foreach` with 0, 1 and more items, each `on_error` taken, each
 *   guard's allow and what else it can say, each `undo` that took something back, each wait for a
 *   signal matched and timed out. Those inside loops, branches and `on_error` blocks count once each.
 * - `approvals`: each written `approval`, on a gate, an action, a foreach, a call or an undo: granted,
 *   denied, expired. What mode `ask` adds by itself is not counted: nobody wrote it.
 *
 * Steps of called playbooks belong to their own cases.
 */

export type CoverageGroup = 'steps' | 'branches' | 'approvals';

export interface CoveragePoint {
  /** Unique in the plan: `run/isolate if false`. */
  id: string;
  group: CoverageGroup;
  /** Step path, or `guards/<id>`. */
  at: string;
  /** For people: `if false`, `approval denied`. */
  what: string;
}

export function coveragePoints(plan: Plan): CoveragePoint[] {
  const points: CoveragePoint[] = [];
  const add = (group: CoverageGroup, at: string, ...words: string[]) => {
    for (const what of words) points.push({ id: `${at} ${what}`, group, at, what });
  };
  for (const step of everyStep(plan)) {
    add('steps', step.path, 'reached');
    if (step.if !== null) add('branches', step.path, 'if true', 'if false');
    if (hasOnError(step)) add('branches', step.path, 'on_error');
    for (const [group, what] of pointsOfKind(step)) add(group, step.path, what);
  }
  for (const guard of plan.guards) {
    const no = guard.limit === null ? 'deny' : guard.limit.onExceed;
    add('branches', `guards/${guard.id}`, 'allow', no);
  }
  return points;
}

export function hasOnError(step: PlanStep): boolean {
  return step.onError.steps.length > 0 || step.onError.then !== 'fail';
}

function pointsOfKind(step: PlanStep): [CoverageGroup, string][] {
  switch (step.kind) {
    case 'action':
    case 'call':
      return step.approval === null ? [] : approvalPoints;
    case 'approval':
      return approvalPoints;
    case 'switch':
      return [...step.cases.map((_, index) => branch(`case ${index + 1}`)), branch('default')];
    case 'foreach':
      return [
        ...['no items', 'one item', 'many items'].map(branch),
        ...(step.approval === null ? [] : approvalPoints),
      ];
    case 'undo':
      return [branch('taken back'), ...(step.approval === null ? [] : approvalPoints)];
    case 'wait':
      return step.wait.for === 'signal' ? [branch('matched'), branch('timed out')] : [];
    case 'if':
    case 'set':
    case 'stop':
    case 'parallel':
    case 'repeat':
      return [];
  }
}

function branch(what: string): [CoverageGroup, string] {
  return ['branches', what];
}

const approvalPoints: [CoverageGroup, string][] = [
  ['approvals', 'approval granted'],
  ['approvals', 'approval denied'],
  ['approvals', 'approval expired'],
];
