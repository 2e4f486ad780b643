import { changesTargets } from '../contracts/action.ts';
import type { ForeachStep, ParallelStep, Plan, PlanStep, UndoStep, WaitStep } from '../contracts/plan.ts';
import { showDuration } from '../preview/show-duration.ts';
import { walk } from '../run/list-steps.ts';
import { undoContains } from '../undo/contains-back.ts';
import { type At, type Changes, isSame, type Risk, riskOfNumber, riskOfSet } from './change.ts';
import { compareAction, compareFallback, showTemplate } from './compare-action.ts';
import { compareApproval } from './compare-approval.ts';
import { compareConditions } from './compare-conditions.ts';
import type { Pairing } from './pair-steps.ts';

/* One step in two versions: when it runs, what follows a no or a failure, and what its kind says. */

/** Whether a variable decides what is done, in either version. */
export type Decides = (variable: string) => boolean;

type Pair = Pairing['both'][number];
type Add = (kind: string, risk: Risk, what: string) => void;

/** @param plan the newer one */
export function compareStep(changes: Changes, at: At, pair: Pair, decides: Decides, plan: Plan): void {
  const before = pair.before.step;
  const after = pair.after.step;
  const name = stepTitle(after);
  const add: Add = (kind, risk, what) => changes.add(at, kind, risk, `${name}: ${what}`);
  // The condition of an `if` step is about its blocks, compared with its kind.
  if (after.kind !== 'if')
    compareOwnIf(add, before.kind === 'if' ? null : before.if, after.if, weightOf([after]));
  compareHandling(add, before, after, plan);
  if (before.name !== after.name) add('name-changed', 'neutral', 'has another name');
  compareKind(changes, at, add, before, after, decides, plan);
}

function compareKind(
  changes: Changes,
  at: At,
  add: Add,
  before: PlanStep,
  after: PlanStep,
  decides: Decides,
  plan: Plan,
): void {
  const name = stepTitle(after);
  if (before.kind === 'action' && after.kind === 'action')
    return void compareAction(changes, at, before, after, plan);
  if (before.kind === 'approval' && after.kind === 'approval') {
    compareApproval(changes, at, name, before.approval, after.approval);
    const covers = riskOfSet(before.covers, after.covers, 'careful');
    if (covers !== 'neutral')
      add('gate-covers', covers, `covers ${after.covers.map(lastOf).join(', ') || 'no step any more'}`);
  } else if (before.kind === 'if' && after.kind === 'if') {
    const weight = oneSided(after.then, after.else);
    compareOwnIf(add, before.if, after.if, weight);
  } else if (before.kind === 'switch' && after.kind === 'switch') {
    const conditions = (step: typeof after) => step.cases.map((each) => each.when);
    if (!isSame(conditions(before), conditions(after)))
      add(
        'condition-changed',
        weightOf([after]) === 'none' ? 'neutral' : 'bolder',
        'chooses by other conditions',
      );
  } else if (before.kind === 'parallel' && after.kind === 'parallel') {
    if (before.join !== after.join)
      add('join-changed', riskOfJoin(before, after), `joins ${after.join} instead of ${before.join}`);
    const names = (step: typeof after) => step.branches.map((branch) => branch.name);
    if (!isSame(names(before), names(after)))
      add('branches-changed', 'neutral', `branches ${names(after).join(', ')}`);
  } else if (before.kind === 'foreach' && after.kind === 'foreach') {
    compareLoop(changes, at, add, before, after);
  } else if (before.kind === 'repeat' && after.kind === 'repeat') {
    const acts = weightOf(after.steps) === 'acts';
    if (before.until !== after.until)
      add('until-changed', acts ? 'bolder' : 'neutral', `repeats until ${after.until}`);
    if (before.max !== after.max)
      add(
        'limit-changed',
        riskOfNumber(before.max, after.max, acts ? 'bolder' : 'neutral'),
        `at most ${after.max} rounds instead of ${before.max}`,
      );
    if (before.everyMs !== after.everyMs)
      add('waits-changed', 'neutral', `a round every ${showDuration(after.everyMs)}`);
  } else if (before.kind === 'wait' && after.kind === 'wait') {
    compareWait(add, before, after);
  } else if (before.kind === 'set' && after.kind === 'set') {
    for (const variable of new Set([...Object.keys(before.values), ...Object.keys(after.values)])) {
      if (isSame(before.values[variable], after.values[variable])) continue;
      const words = `${variable} = ${showTemplate(after.values[variable])}`;
      add('variable-changed', decides(variable) ? 'bolder' : 'neutral', words);
    }
  } else if (before.kind === 'stop' && after.kind === 'stop') {
    if (before.outcome !== after.outcome)
      add('stop-changed', 'neutral', `ends as ${after.outcome} instead of ${before.outcome}`);
    if (!isSame(before.reason, after.reason)) add('reason-changed', 'neutral', 'gives another reason');
  } else if (before.kind === 'call' && after.kind === 'call') {
    if (before.playbook !== after.playbook)
      add('call-changed', 'bolder', `calls ${after.playbook} instead of ${before.playbook}`);
    else if (!isSame(before.with, after.with))
      add('call-inputs', 'bolder', 'gives the called playbook other inputs');
    if (before.attach !== after.attach)
      add(
        'call-attach',
        after.attach ? 'careful' : 'bolder',
        after.attach ? 'waits for the called playbook' : 'does not wait for the called playbook',
      );
    compareApproval(changes, at, name, before.approval, after.approval);
    compareFallback(add, before, after);
  } else if (before.kind === 'undo' && after.kind === 'undo') {
    compareUndo(changes, at, add, before, after, plan);
  } else add('kind-changed', 'bolder', `is ${after.kind} instead of ${before.kind}`);
}

/**
 * With `all` a failed branch ends the others, with `settle` they go on; both end the block as failed. With `any` one that
 * succeeds ends the others, and the run goes on although the rest failed.
 */
function riskOfJoin(before: ParallelStep, after: ParallelStep): Risk {
  if (after.join === 'any') return 'bolder';
  const weight = weightOf(after.branches.flatMap(({ steps }) => steps));
  if (before.join === 'any') return weight === 'none' ? 'careful' : 'bolder';
  const goesOn = after.join === 'settle';
  const risks: Record<Weight, Risk> = {
    acts: goesOn ? 'bolder' : 'careful',
    // A stop or an undo in a branch that is cut does not come.
    holds: goesOn ? 'careful' : 'bolder',
    both: 'bolder',
    none: 'neutral',
  };
  return risks[weight];
}

function compareOwnIf(add: Add, before: string | null, after: string | null, weight: Weight): void {
  if (before === after) return;
  const width = compareConditions(before, after);
  const words = {
    same: 'in the same situations',
    wider: 'in more situations',
    narrower: 'in fewer situations',
    other: 'in other situations',
  }[width];
  const risks: Record<Weight, Risk> = {
    acts: width === 'narrower' ? 'careful' : 'bolder',
    // What stops or takes back is careful when it happens more often.
    holds: width === 'wider' ? 'careful' : 'bolder',
    both: 'bolder',
    none: 'neutral',
  };
  add(
    'condition-changed',
    width === 'same' ? 'neutral' : risks[weight],
    `${words}: if ${before ?? 'always'} → if ${after ?? 'always'}`,
  );
}

function compareHandling(add: Add, before: PlanStep, after: PlanStep, plan: Plan): void {
  if (before.onDenied !== after.onDenied) {
    const order: Afterwards[] = ['undo', 'end', 'continue'];
    const risk = riskOfNumber(order.indexOf(afterNo(before)), order.indexOf(afterNo(after)), 'bolder');
    // Only a no that counts as a failure is handled; what handles it may act, or hold back.
    const begins = after.onDenied === 'fail' ? weightOf(after.onError.steps) : 'none';
    const ceases = before.onDenied === 'fail' ? weightOf(before.onError.steps) : 'none';
    const bolder = begins === 'acts' || begins === 'both' || ceases === 'holds' || ceases === 'both';
    const words = `after a no: ${wordsAfterNo(after)} instead of ${wordsAfterNo(before)}`;
    add('on-denied', bolder ? 'bolder' : risk, words);
  }
  if (before.onError.then !== after.onError.then) {
    const order = ['undo', 'fail', 'continue'];
    const risk = riskOfNumber(
      order.indexOf(before.onError.then),
      order.indexOf(after.onError.then),
      'bolder',
    );
    const contains = after.onError.then === 'undo' && undoContains(plan, 'all');
    add(
      'on-error',
      contains ? 'bolder' : risk,
      `after a failure: ${after.onError.then} instead of ${before.onError.then}`,
    );
  }
}

type Afterwards = 'undo' | 'end' | 'continue';

/** What becomes of the run after a no, one that counts as a failure included. */
function afterNo({ onDenied, onError }: PlanStep): Afterwards {
  const then = onDenied === 'fail' ? onError.then : onDenied;
  return then === 'stop' || then === 'fail' ? 'end' : then;
}

function wordsAfterNo({ onDenied, onError }: PlanStep): string {
  return onDenied === 'fail' && onError.then !== 'fail' ? `fail, then ${onError.then}` : onDenied;
}

function compareLoop(changes: Changes, at: At, add: Add, before: ForeachStep, after: ForeachStep): void {
  const acts: Risk = weightOf(after.steps) === 'none' ? 'neutral' : 'bolder';
  if (before.list !== after.list)
    add('targets-changed', acts, `over another list: ${before.list} → ${after.list}`);
  if (before.as !== after.as) add('name-changed', 'neutral', `calls an element ${after.as}`);
  if (before.key !== after.key)
    add('key-changed', 'neutral', `tells elements apart by ${after.key ?? 'their place'}`);
  if (before.maxItems !== after.maxItems)
    add(
      'limit-changed',
      riskOfNumber(before.maxItems, after.maxItems, 'bolder'),
      `at most ${after.maxItems} elements instead of ${before.maxItems}`,
    );
  if (before.maxParallel !== after.maxParallel)
    add('parallel-changed', 'neutral', `${after.maxParallel} at a time instead of ${before.maxParallel}`);
  if (before.onItemError !== after.onItemError)
    add(
      'on-item-error',
      after.onItemError === 'continue' ? 'bolder' : 'careful',
      `after a failed element: ${after.onItemError} instead of ${before.onItemError}`,
    );
  if (!isSame(before.collect, after.collect)) add('collect-changed', 'neutral', 'collects something else');
  compareApproval(changes, at, stepTitle(after), before.approval, after.approval);
  compareFallback(add, before, after);
}

function compareWait(add: Add, { wait: before }: WaitStep, { wait: after }: WaitStep): void {
  if (isSame(before, after)) return;
  if (before.for !== after.for)
    return void add('wait-changed', 'bolder', `waits for a ${after.for} instead of a ${before.for}`);
  if (before.for === 'duration' && after.for === 'duration') {
    const words = after.ms > before.ms ? 'waits longer' : 'waits less long';
    add(
      'waits-changed',
      'neutral',
      `${words}: ${showDuration(after.ms)} instead of ${showDuration(before.ms)}`,
    );
  } else if (before.for === 'signal' && after.for === 'signal') {
    if (before.type !== after.type)
      add('wait-changed', 'bolder', `waits for ${after.type} instead of ${before.type}`);
    if (before.match !== after.match)
      add(
        'wait-match',
        'bolder',
        `is satisfied by other signals: ${before.match ?? 'any'} → ${after.match ?? 'any'}`,
      );
    if (before.since !== after.since)
      add('wait-match', 'bolder', `looks back ${lookBackOf(after)} instead of ${lookBackOf(before)}`);
    if (before.timeoutMs !== after.timeoutMs) {
      const words = after.timeoutMs > before.timeoutMs ? 'waits longer' : 'waits less long';
      add(
        'waits-changed',
        'neutral',
        `${words}: at most ${showDuration(after.timeoutMs)} instead of ${showDuration(before.timeoutMs)}`,
      );
    }
    if (before.onTimeout !== after.onTimeout)
      add(
        'on-timeout',
        after.onTimeout === 'continue' ? 'bolder' : 'careful',
        `when nothing comes: ${after.onTimeout}`,
      );
  } else add('wait-changed', 'neutral', 'waits until another instant');
}

function lookBackOf({ since }: { since?: 'run' }): string {
  return since === 'run' ? 'to the beginning of the run' : 'ten minutes';
}

function compareUndo(
  changes: Changes,
  at: At,
  add: Add,
  before: UndoStep,
  after: UndoStep,
  plan: Plan,
): void {
  if (!isSame(before.steps, after.steps)) {
    const risk: Risk =
      before.steps === 'all' || undoContains(plan, after.steps)
        ? 'bolder'
        : after.steps === 'all'
          ? 'careful'
          : riskOfSet(before.steps, after.steps, 'careful');
    add(
      'undo-scope',
      risk,
      `takes back ${after.steps === 'all' ? 'everything' : after.steps.map(lastOf).join(', ')}`,
    );
  }
  if (!isSame(before.reason, after.reason)) add('reason-changed', 'neutral', 'gives another reason');
  compareApproval(changes, at, stepTitle(after), before.approval, after.approval);
  compareFallback(add, before, after);
}

export type Weight = 'acts' | 'holds' | 'both' | 'none';

/** What some steps are to the world: they act on it, they hold back or take back, or neither. */
export function weightOf(steps: readonly PlanStep[]): Weight {
  const all = [...walk(steps, true)];
  const acts = all.some(actsItself);
  const holds = all.some((step) => step.kind === 'stop' || step.kind === 'undo' || step.kind === 'approval');
  return acts ? (holds ? 'both' : 'acts') : holds ? 'holds' : 'none';
}

/** Without what stands in its blocks. */
export function actsItself(step: PlanStep): boolean {
  return step.kind === 'call' || (step.kind === 'action' && changesTargets(step.action.class));
}

/** With an `else` every change of the condition makes one of the two happen more often. */
function oneSided(then: readonly PlanStep[], otherwise: readonly PlanStep[] | null): Weight {
  const first = weightOf(then);
  if (otherwise === null || weightOf(otherwise) === 'none') return first;
  if (first !== 'none') return 'both';
  const other = weightOf(otherwise);
  // Only the other side matters, and it happens when the condition is false.
  return other === 'acts' ? 'holds' : other === 'holds' ? 'acts' : other;
}

export function stepTitle(step: PlanStep): string {
  if (!step.id.includes('#')) return step.id;
  return step.kind === 'action' ? step.action.key : step.kind;
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
