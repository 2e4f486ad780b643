import { changesTargets } from '../../contracts/action.ts';
import type { ActionStep, Plan, PlanApproval, PlanGuard, PlanStep } from '../../contracts/plan.ts';
import { everyStep, walk } from '../../run/list-steps.ts';
import { allOf } from './combine-ways.ts';
import { nameOf, nothingToDo, noWay, type Ways, type Wish } from './place.ts';
import { parse, type Sight } from './sight.ts';
import { solveText } from './solve.ts';
import { keyWithin, solveSize } from './solve-list.ts';

/* How a step can be brought to end in a certain way: what targets answer, people say, signals tell. */

export function waysToStatus(step: PlanStep, status: string, sight: Sight): Ways {
  switch (status) {
    case 'succeeded':
      return allOf([begun(step, sight), waysToSucceed(step, sight)]);
    case 'failed':
      return allOf([begun(step, sight), waysToFail(step, sight)]);
    case 'denied':
      return allOf([begun(step, sight), waysToDeny(step, sight)]);
    case 'skipped':
      return step.if === null || step.kind === 'if' ? noWay : solveText(step.if, false, sight);
    case 'granted':
    case 'expired':
      return allOf([begun(step, sight), waysToOutcome(step, status, sight)]);
    default:
      return noWay;
  }
}

export function begun(step: PlanStep, sight: Sight): Ways {
  return step.if === null || step.kind === 'if' ? nothingToDo : solveText(step.if, true, sight);
}

/** Whether the step is one of `on_failure`, which no case comes by that fails nowhere. */
export function afterFailure(step: PlanStep, { onFailure }: Plan): boolean {
  return [...walk(onFailure, true)].includes(step);
}

/** What fails so that the steps of `on_failure` begin; nothing has to for the others. */
export function failedBefore(step: PlanStep, sight: Sight): Ways {
  const { plan } = sight;
  if (!afterFailure(step, plan)) return nothingToDo;
  return plan.steps
    .filter((each) => each.onError.then !== 'continue')
    .flatMap((each) =>
      allOf([begun(each, { ...sight, step: each }), waysToFail(each, { ...sight, step: each })]),
    );
}

function waysToSucceed(step: PlanStep, sight: Sight): Ways {
  const unasked = notAsked(step, sight);
  switch (step.kind) {
    case 'action': {
      const done: Ways = [[{ kind: 'answer', step }]];
      return [...allOf([unasked, done]), ...allOf([waysToOutcome(step, 'granted', sight), done])];
    }
    case 'wait':
      return step.wait.for === 'signal' ? [[{ kind: 'hear', step, heard: true }]] : nothingToDo;
    case 'approval':
      return waysToOutcome(step, 'granted', sight);
    default:
      return [...unasked, ...waysToOutcome(step, 'granted', sight)];
  }
}

function notAsked(step: PlanStep, sight: Sight): Ways {
  const approval = approvalOf(step);
  if (approval === null) return nothingToDo;
  return approval.when === null ? noWay : solveText(approval.when, false, sight);
}

export function waysToFail(step: PlanStep, sight: Sight): Ways {
  const no = step.onDenied === 'fail' ? waysToDeny(step, sight) : noWay;
  switch (step.kind) {
    case 'action':
      return [[{ kind: 'fail', name: nameOf(step), once: false }], ...no];
    case 'wait':
      return step.wait.for === 'signal' && step.wait.onTimeout === 'fail'
        ? [[{ kind: 'hear', step, heard: false }]]
        : noWay;
    case 'call':
      return [...insideCall(nameOf(step), sight.children[step.playbook]?.plan), ...no];
    case 'undo':
      return [...inverseFails(sight.plan), ...no];
    default:
      return [...insideFails(step, sight), ...no];
  }
}

/** What stops a block is a failure inside it, or a no. */
function insideFails(step: PlanStep, sight: Sight): Ways {
  const inner = [...walk([step], true)].filter((each) => each !== step);
  const actions = inner.filter((each) => each.kind === 'action');
  // All at once, for loops and branches that go on after one failure.
  const together: Wish[] = actions.map((each) => ({ kind: 'fail', name: nameOf(each), once: false }));
  const list = step.kind === 'foreach' ? parse(step.list) : null;
  const oneOfTwo = (each: ActionStep): Ways =>
    list === null || step.kind !== 'foreach'
      ? noWay
      : allOf([
          solveSize(list, 2, sight, keyWithin(step.key, step.as)),
          [[{ kind: 'fail', name: nameOf(each), once: true }]],
        ]);
  return [
    ...actions.map((each): Wish[] => [{ kind: 'fail', name: nameOf(each), once: false }]),
    ...inner.flatMap((each) => waysToDeny(each, { ...sight, step: each })),
    ...(together.length > 1 ? [together] : []),
    ...actions.flatMap(oneOfTwo),
  ];
}

/** Steps of the called playbook are answered under the call's name. */
function insideCall(call: string, plan: Plan | undefined): Ways {
  const actions = plan === undefined ? [] : everyStep(plan).filter((step) => step.kind === 'action');
  return actions.map((step) => [{ kind: 'fail', name: `${call}/${nameOf(step)}`, once: false }]);
}

function inverseFails(plan: Plan): Ways {
  return Object.values(plan.inverses).map((inverse) => [{ kind: 'fail', name: inverse.key, once: false }]);
}

export function waysToDeny(step: PlanStep, sight: Sight): Ways {
  return [
    ...waysToOutcome(step, 'denied', sight),
    ...(step.kind === 'action' ? guardSaysNo(step, sight) : noWay),
  ];
}

function guardSaysNo(step: ActionStep, sight: Sight): Ways {
  return sight.plan.guards
    .filter((guard) => guards(guard, step))
    .flatMap((guard) => waysToGuard(guard, step, 'deny', sight));
}

export function guards(guard: PlanGuard, step: ActionStep): boolean {
  return guard.appliesTo.some(
    (word) => word === step.action.class || word === step.action.key || word === step.id,
  );
}

export function waysToGuard(guard: PlanGuard, step: ActionStep, word: string, sight: Sight): Ways {
  const seen = { ...sight, step, guarded: step };
  if (guard.denyIf !== null) return solveText(guard.denyIf, word === 'deny', seen);
  const { limit } = guard;
  if (limit === null) return noWay;
  const count = word === 'allow' ? 0 : limit.targets;
  // The guard is heard only if nothing else stops the action before.
  return allOf([waysAround(step, seen), [[{ kind: 'used', guard: guard.id, count }]]]);
}

function waysAround(step: ActionStep, sight: Sight): Ways {
  const unasked = notAsked(step, sight);
  const ask: Ways = [[{ kind: 'decide', step, outcome: 'granted' }]];
  return [...unasked, ...ask, ...nothingToDo];
}

/** What people say, once they are asked. */
export function waysToOutcome(step: PlanStep, outcome: 'granted' | 'denied' | 'expired', sight: Sight): Ways {
  const approval = approvalOf(step);
  const demanded =
    approval === null &&
    step.kind === 'action' &&
    changesTargets(step.action.class) &&
    sight.plan.mode === 'ask';
  if (approval === null && !demanded) return noWay;
  const said: Ways = [[{ kind: 'decide', step, outcome }]];
  return approval === null || approval.when === null
    ? said
    : allOf([solveText(approval.when, true, sight), said]);
}

export function approvalOf(step: PlanStep): PlanApproval | null {
  switch (step.kind) {
    case 'action':
    case 'approval':
    case 'foreach':
    case 'call':
    case 'undo':
      return step.approval;
    default:
      return null;
  }
}

/** Actions that a guard looks at, in document order. */
export function guardedBy(guard: PlanGuard, plan: Plan): ActionStep[] {
  return everyStep(plan).filter((step): step is ActionStep => step.kind === 'action' && guards(guard, step));
}
