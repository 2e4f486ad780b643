import { classRank } from '../../engine/core/contracts/action.ts';
import type { RenderedAction } from '../../engine/core/contracts/command.ts';
import type { ActionStep, Plan, PlanStep } from '../../engine/core/contracts/plan.ts';
import { needsTelling } from '../../engine/core/prove/effects.ts';
import { placesOf } from '../../engine/core/prove/places.ts';
import { toPlanPath } from '../../engine/core/run/scope-path.ts';
import { inversePath } from '../../engine/core/undo/undo-record.ts';
import type { Played } from '../decide/play-world.ts';
import type { Schedule } from '../decide/random-schedule.ts';
import { isDelicate } from './catalogue.ts';
import type { Claims } from './claims.ts';

/*
 * Watches one run and tells where it refutes what the proofs claimed about its plan. Everything here is
 * read off commands and snapshots; nothing is asked of the prover but its claims.
 */

interface Sent {
  step: ActionStep;
  rendered: RenderedAction;
}

/** What the compiler has seen before: an expression, and arguments that fit their schema. */
const unforeseen: ReadonlySet<string> = new Set(['run/expression-failed', 'action/invalid-input']);

export class Watch {
  readonly refuted = new Set<string>();
  /** Properties said not to hold, and seen not to hold. */
  readonly confirmed = new Set<string>();
  /** Failures of kinds that compiling shall rule out, and where. */
  readonly failures = new Set<string>();
  readonly #plan: Plan;
  readonly #claims: Claims;
  readonly #places;
  readonly #sent: Sent[] = [];
  readonly #called = new Map<string, PlanStep>();
  readonly #active = new Set<string>();
  /** Targets to whose containment somebody said yes, by scope. */
  readonly #agreed = new Set<string>();
  readonly #untold = new Set<string>();
  #stopped = false;

  constructor(plan: Plan, claims: Claims) {
    this.#plan = plan;
    this.#claims = claims;
    this.#places = placesOf(plan);
  }

  look(made: Played): void {
    this.#look(made);
    if (made.event.type === 'attempt.revoked') this.#unsend(toPlanPath(made.scope, made.event.ref));
    for (const command of made.commands) {
      if (command.kind === 'request-approval') this.#untold.clear();
      if (command.kind === 'start-child' && this.#plan.children[command.playbook]?.once === true)
        this.#call(
          toPlanPath(made.scope, command.ref),
          `${command.playbook} ${JSON.stringify(command.inputs)}`,
        );
      if (command.kind !== 'enqueue-attempt' || command.purpose !== 'perform') continue;
      if (made.scope.kind === 'undo') this.#takeBack(made, command.rendered);
      else this.#send(made, toPlanPath(made.scope, command.ref), command.rendered);
    }
  }

  #refute(code: string, step: PlanStep, words: string): void {
    if (this.#claims.flagged(code, step.path)) this.confirmed.add(code);
    else if (!this.#claims.bounded) this.refuted.add(`${code} ${step.path}: ${words}`);
  }

  /** Which steps moved, and whether the chart allows it. */
  #look({ scope, event, before, after }: Played): void {
    if (!('context' in after) || !('context' in before) || scope.kind === 'undo') return;
    // A stop further in counts from when the run hears of it: until then, its timeout may come first.
    if (event.type === 'scope.stop' && before.context.ending === null) this.#stopped = true;
    for (const [path, state] of Object.entries(after.context.steps)) {
      const was = before.context.steps[path];
      if (was?.status === state.status || !this.#known(path)) continue;
      const { step } = this.#places.of(path);
      if (state.status === 'active' || state.status === 'succeeded') this.#active.add(path);
      if (state.status === 'active' || state.status === 'pending') continue;
      this.#end(step, state.status);
      if (state.failure !== null && unforeseen.has(state.failure.code))
        this.failures.add(`${path}: ${state.failure.message}`);
      const stops = scope.kind === 'run' && step.kind === 'stop' && this.#places.of(path).top === 'main';
      if (stops && state.status === 'succeeded') this.#stopped = true;
      if (step.kind !== 'action') continue;
      if (step.action.class === 'notify' && state.status !== 'skipped') this.#untold.clear();
      if (needsTelling(step) && state.status === 'failed' && state.failure?.code === 'action/outcome-unknown')
        this.#untold.add(path);
    }
  }

  #known(path: string): boolean {
    return this.#places.all.some(({ step }) => step.path === path);
  }

  #end(step: PlanStep, status: string): void {
    if (this.#claims.bounded) return;
    // A block that a denial or an end of the run cuts short has no end of its own in the chart.
    const cut = step.kind === 'if' || step.kind === 'switch';
    if (!cut && !this.#claims.ends(step.path, status)) this.refuted.add(`ends ${step.path}: ${status}`);
  }

  #send({ after }: Played, path: string, rendered: RenderedAction): void {
    const { step, top } = this.#places.of(path);
    if (step.kind !== 'action' || !('context' in after)) return;
    const rank = classRank[rendered.class];
    const state = after.context.steps[path];
    const asked = state?.approval?.outcome === 'granted';
    const target = `${rendered.target?.kind} ${rendered.target?.id}`;
    if (rank >= classRank.contain) {
      if (asked) this.#agreed.add(target);
      else if (isDelicate(rendered) && !this.#agreed.has(target))
        this.#refute('prove/ungated-target', step, `${rendered.action} on ${target}, and nobody was asked`);
      if (top === 'on_failure' && this.#stopped)
        this.#refute('prove/effect-after-stop', step, rendered.action);
    }
    if (top === 'finally' && rank >= classRank.restore)
      this.#refute('prove/effect-after-stop', step, `${rendered.action} in finally`);
    if (rank >= classRank.restore && step.action.idempotent === 'no' && !step.action.canCheck)
      this.#single(step, rendered);
    this.#sent.push({ step, rendered });
  }

  /** No worker had it, so it did not go out. */
  #unsend(path: string): void {
    const last = this.#sent.findLastIndex(({ step }) => step.path === path);
    if (last >= 0) this.#sent.splice(last, 1);
  }

  /** An inverse that contains. Who cancels a run with undo, or takes back by hand, decides that himself. */
  #takeBack({ scope, after }: Played, rendered: RenderedAction): void {
    const by = scope.frame?.undo?.ref ?? 'run';
    if (by === 'run' || classRank[rendered.class] < classRank.contain || !isDelicate(rendered)) return;
    const inverse = 'context' in after ? after.context.steps[inversePath] : undefined;
    if (inverse?.approval?.outcome === 'granted' || (scope.frame?.approval ?? null) !== null) return;
    const { step } = this.#places.of(by);
    this.#refute('prove/ungated-target', step, `an undo does ${rendered.action}, and nobody was asked`);
  }

  /** A child with an effect that must not happen twice, called again with what it was given before. */
  #call(path: string, what: string): void {
    const { step } = this.#places.of(path);
    const words = step.kind === 'call' ? JSON.stringify(step.with) : '';
    const first = this.#called.get(`${what} ${words}`);
    this.#called.set(`${what} ${words}`, step);
    if (first === undefined) return;
    const flagged = this.#claims.flagged('prove/doubled-effect', first.path) ? first : step;
    this.#refute('prove/doubled-effect', flagged, `${what} was called twice`);
  }

  /** The same words of the playbook with the same values: the same effect a second time. */
  #single(step: ActionStep, rendered: RenderedAction): void {
    const words = JSON.stringify([step.with, step.connection]);
    const values = JSON.stringify(rendered.arguments);
    const twin = this.#sent.find(
      (other) =>
        other.rendered.action === rendered.action &&
        JSON.stringify([other.step.with, other.step.connection]) === words &&
        JSON.stringify(other.rendered.arguments) === values,
    );
    if (twin === undefined) return;
    const flagged = this.#claims.flagged('prove/doubled-effect', twin.step.path) ? twin.step : step;
    this.#refute('prove/doubled-effect', flagged, `${rendered.action} ${values} went out twice`);
  }

  close({ world }: Schedule): void {
    if (this.#claims.bounded) return;
    for (const path of this.#active) {
      if (!this.#claims.runs(path)) this.refuted.add(`reached ${path}, which nothing reaches`);
      if (this.#claims.flagged('prove/unreachable-step', path))
        this.refuted.add(`reached ${path} all the same`);
    }
    const outcome = world.outcome ?? 'no end';
    if (!this.#claims.outcome(outcome)) this.refuted.add(`outcome ${outcome}`);
    if (this.#claims.leaves(outcome, (path) => world.status(path)) === false) {
      const own = this.#places.all.filter(({ body }) => body.path === 'run');
      const ends = own.map(({ step }) => `${step.id} ${world.status(step.path)}`);
      this.refuted.add(`no path leaves ${ends.join(', ')} in a run that ${outcome}`);
    }
    const owned = this.#plan.playbook.owner !== null && (outcome === 'failed' || outcome === 'timed-out');
    if (owned || outcome === 'cancelled') return;
    for (const path of this.#untold)
      this.#refute('prove/untold-unknown', this.#places.of(path).step, `the run ${outcome} and told nobody`);
  }
}
