import { isJsonObject } from '../../../schemas/json.ts';
import type { Command, RunEvent } from '../contracts/command.ts';
import type { Plan, PlanGuard, PlanStep } from '../contracts/plan.ts';
import type { ScopeSnapshot, StepState } from '../run/context.ts';
import { handledSteps, stepAt } from '../run/list-steps.ts';
import { toPlanPath } from '../run/scope-path.ts';
import { coveragePoints, hasOnError } from './coverage-points.ts';
import type { OfflineScope } from './offline-run.ts';
import { planPathOf } from './plan-path-of.ts';

/*
 * Watches a run and counts which coverage points it passed. Reads only what decisions leave behind,
 * the state of steps and the orders given, so it sees what happened and not what was meant.
 */
export class Observer {
  readonly #plan: Plan;
  readonly #hits = new Map<string, number>();

  constructor(plan: Plan) {
    this.#plan = plan;
    for (const { id } of coveragePoints(plan)) this.#hits.set(id, 0);
  }

  /** How often each point of the plan was passed. */
  hits(): ReadonlyMap<string, number> {
    return this.#hits;
  }

  moved(scope: OfflineScope, before: ScopeSnapshot | null, after: ScopeSnapshot): void {
    if (!this.#watches(scope)) return;
    const old = stepsOf(before);
    for (const [path, state] of Object.entries(stepsOf(after))) {
      const step = stepAt(this.#plan, path);
      if (step === undefined || state === old[path]) continue;
      this.#changed(step, old[path], state);
    }
  }

  obeyed(scope: OfflineScope, command: Command, answers: readonly RunEvent[]): void {
    if (!this.#watches(scope)) return;
    switch (command.kind) {
      case 'check-guards':
        this.#guarded(scope, command, answers);
        return;
      case 'open-loop': {
        const path = toPlanPath(scope.given, command.ref);
        this.#hit(
          path,
          command.items.length === 0 ? 'no items' : command.items.length === 1 ? 'one item' : 'many items',
        );
        return;
      }
      case 'settle-undo': {
        if (command.outcome === 'undone' && scope.given.parent !== null) {
          this.#hit(planPathOf(scope.given.parent, this.#plan) ?? '', 'taken back');
        }
        return;
      }
      default:
        return;
    }
  }

  #changed(step: PlanStep, before: StepState | undefined, state: StepState): void {
    const was = before?.status ?? 'pending';
    if (state.status !== was) this.#entered(step, was, state);
    const outcome = state.approval?.outcome;
    if (outcome !== undefined && outcome !== before?.approval?.outcome)
      this.#hit(step.path, `approval ${outcome}`);
  }

  #entered(step: PlanStep, was: StepState['status'], state: StepState): void {
    // A block was chosen even if its first step then has nothing to do.
    if (was === 'pending') this.#enteredBlock(step);
    if (state.status === 'skipped') this.#hit(step.path, 'if false');
    else if (was === 'pending') {
      this.#hit(step.path, 'reached');
      if (step.kind !== 'if' && !isFailedCondition(state)) this.#hit(step.path, 'if true');
    }
    if (isOver(state)) this.#ended(step, state);
  }

  /** A step of a block says that the block was chosen. */
  #enteredBlock(step: PlanStep): void {
    const owner = this.#owners().get(step.path);
    if (owner !== undefined) this.#hit(owner.path, owner.what);
    const handled = handledSteps(this.#plan).get(step.path);
    if (handled?.onError.steps[0]?.path === step.path) this.#hit(handled.path, 'on_error');
  }

  #ended(step: PlanStep, state: StepState): void {
    if (state.status === 'failed' && hasOnError(step) && step.onError.steps.length === 0) {
      this.#hit(step.path, 'on_error');
    }
    if (step.kind === 'switch' && Object.hasOwn(state.outputs, 'case')) {
      const chosen = state.outputs.case;
      this.#hit(step.path, typeof chosen === 'number' ? `case ${chosen + 1}` : 'default');
    }
    if (step.kind === 'foreach' && isJsonObject(state.outputs.summary) && state.outputs.summary.total === 0) {
      this.#hit(step.path, 'no items');
    }
    if (step.kind === 'wait') {
      // A condition that cannot be evaluated is neither.
      const timedOut = state.outputs.timed_out === true;
      if (timedOut || state.status === 'succeeded') this.#hit(step.path, timedOut ? 'timed out' : 'matched');
    }
  }

  #guarded(
    scope: OfflineScope,
    command: Extract<Command, { kind: 'check-guards' }>,
    answers: readonly RunEvent[],
  ): void {
    const [answer] = answers;
    if (answer === undefined) return;
    const step = stepAt(this.#plan, toPlanPath(scope.given, command.ref));
    const applying = this.#plan.guards.filter((guard) => applies(guard, step, command));
    if (answer.type === 'guard.denied') this.#hit(`guards/${answer.guardId}`, 'deny');
    else {
      // All that ask are one question.
      const asking = answer.type === 'guard.ask' ? answer.guardId.split(', ') : [];
      for (const { id } of applying) this.#hit(`guards/${id}`, asking.includes(id) ? 'ask' : 'allow');
    }
  }

  #watches(scope: OfflineScope): boolean {
    return scope.run.caller === null;
  }

  #hit(at: string, what: string): void {
    const id = `${at} ${what}`;
    const hits = this.#hits.get(id);
    if (hits !== undefined) this.#hits.set(id, hits + 1);
  }

  #owned: Map<string, { path: string; what: string }> | undefined;

  /** The first step of each branch of an `if`, and what reaching it says about the `if`. */
  #owners(): Map<string, { path: string; what: string }> {
    this.#owned ??= firstStepsOf(this.#plan);
    return this.#owned;
  }
}

function firstStepsOf(plan: Plan): Map<string, { path: string; what: string }> {
  const first = new Map<string, { path: string; what: string }>();
  for (const { at } of coveragePoints(plan)) {
    const step = stepAt(plan, at);
    if (step?.kind !== 'if') continue;
    const [then] = step.then;
    const [otherwise] = step.else ?? [];
    if (then !== undefined) first.set(then.path, { path: step.path, what: 'if true' });
    if (otherwise !== undefined) first.set(otherwise.path, { path: step.path, what: 'if false' });
  }
  return first;
}

function applies(
  guard: PlanGuard,
  step: PlanStep | undefined,
  { rendered }: Extract<Command, { kind: 'check-guards' }>,
): boolean {
  return guard.appliesTo.some(
    (word) => word === rendered.class || word === rendered.action || word === step?.id,
  );
}

function stepsOf(snapshot: ScopeSnapshot | null): { [path: string]: StepState } {
  return snapshot !== null && 'context' in snapshot ? snapshot.context.steps : {};
}

function isOver(state: StepState): boolean {
  return state.status !== 'pending' && state.status !== 'active';
}

function isFailedCondition(state: StepState): boolean {
  return state.status === 'failed' && state.failure?.message.startsWith('if: ') === true;
}
