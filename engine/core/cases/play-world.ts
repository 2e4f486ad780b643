import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { RunEvent } from '../contracts/command.ts';
import { endLease } from './leases.ts';
import { moveScope } from './move-scope.ts';
import { obey } from './obey-command.ts';
import { type OfflineAttempt, type OfflineScope, type Performed, stepName } from './offline-run.ts';
import { decideAsked, decideEdited, nextDecision } from './settle-asked.ts';
import type { Happening, World } from './world.ts';

/*
 * Lets the offline world happen: what a run does is decided by `core/run/decide.ts`, here as
 * everywhere; this file only carries events to scopes and orders to whoever obeys them, and moves the
 * clock to whatever is due next.
 */

/** Events of one case: a playbook that needs more of them than this does not end. */
const eventsMax = 100_000;

export function playWorld(world: World): void {
  new Play(world).play();
}

class Play {
  readonly world: World;
  #events = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** Plays until every run has ended, and what ends of leases began before, or until something happens that the case did not foresee. */
  play(): void {
    for (const [index, signal] of this.world.parts.signals.entries()) {
      this.world.agenda.note(this.world.parts.startMs + this.world.signals.offsetOf(signal), {
        kind: 'signal',
        index,
      });
    }
    for (const [index, decision] of this.world.parts.decisions.entries()) {
      if (decision.at !== undefined) {
        this.world.agenda.note(this.world.parts.startMs + this.world.signals.offsetOf({ at: decision.at }), {
          kind: 'decision',
          index,
        });
      }
    }
    while (this.world.troubles.length === 0) {
      const message = this.world.takeMessage();
      if (message !== null) {
        this.#deliver(message.scope, message.event);
        continue;
      }
      if (this.#isOver() && !this.#isTakingBack()) return;
      const due = this.world.agenda.take();
      if (due === null) {
        this.world.fail({
          code: 'case/endless',
          about: null,
          message: `the run waits for something that never comes: ${this.#open()}`,
        });
        return;
      }
      this.world.nowMs = Math.max(this.world.nowMs, due.atMs);
      this.#happen(due.thing);
    }
  }

  /** Decides about one event and everything that it asks of the world at once. */
  #deliver(scope: OfflineScope, event: RunEvent): void {
    const queue = [event];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      this.#events += 1;
      if (this.#events > eventsMax) {
        this.world.fail({ code: 'case/endless', about: null, message: `more than ${eventsMax} events` });
        return;
      }
      const decision = moveScope(
        this.world.planOf(scope.run),
        scope,
        next,
        this.world.nowMs,
        this.world.parts.connections,
      );
      const before = scope.snapshot;
      scope.snapshot = decision.snapshot;
      for (const entry of decision.entries)
        this.world.entries.push({ atMs: this.world.nowMs, run: scope.run, entry });
      this.world.parts.observer.moved(scope, before, decision.snapshot);
      for (const command of decision.commands) {
        const answers = obey(this.world, scope, command);
        this.world.parts.observer.obeyed(scope, command, answers);
        queue.push(...answers);
      }
    }
  }

  #happen(thing: Happening): void {
    switch (thing.kind) {
      case 'deadline': {
        const { scope, ref, deadline, seq } = thing;
        const claimed = [...this.world.attempts].some(
          (each) => each.scope === scope && each.ref === ref && each.state === 'out',
        );
        this.#deliver(scope, { type: 'deadline.passed', ref, deadline, seq, claimed });
        return;
      }
      case 'lease':
        if (!this.#isOver()) endLease(this.world, thing.kept);
        return;
      case 'claim':
        this.#claim(thing.attempt);
        return;
      case 'report':
        this.#report(thing.attempt, thing.event);
        return;
      case 'signal':
        this.#signal(thing.index);
        return;
      case 'decision':
        decideAsked(this.world, thing.index);
        return;
      case 'decide-next':
        nextDecision(this.world, thing.asked);
        return;
      case 'decide-edited':
        decideEdited(this.world, thing.asked, thing.index);
        return;
    }
  }

  #claim(attempt: OfflineAttempt): void {
    if (attempt.state !== 'queued') return;
    attempt.state = 'out';
    const answered = this.world.parts.answers.answer(attempt);
    // What is not sent because of a look is no effect.
    const sent = !answered.ok || answered.answer.event.type !== 'target.changed';
    if (sent && attempt.purpose === 'perform') this.#effectOf(attempt).attempts += 1;
    if (!answered.ok) {
      this.world.fail({ code: 'case/unexpected-action', about: null, message: answered.message });
      return;
    }
    const { afterMs, event } = answered.answer;
    this.world.agenda.note(this.world.nowMs + afterMs, { kind: 'report', attempt, event });
  }

  #report(attempt: OfflineAttempt, event: RunEvent): void {
    attempt.state = 'over';
    this.world.attempts.delete(attempt);
    if (event.type === 'target.changed') {
      this.#deliver(attempt.scope, event);
      return;
    }
    const effect = this.#effectOf(attempt);
    if (event.type === 'action.succeeded' || event.type === 'check.present') effect.outcome = 'succeeded';
    else if (event.type === 'action.unknown' || event.type === 'action.accepted') effect.outcome = 'unknown';
    // A poll that cannot be read says nothing about the effect.
    else if (
      event.type === 'check.absent' ||
      (event.type === 'action.failed' && attempt.purpose === 'perform')
    ) {
      effect.outcome = 'failed';
    } else if (event.type === 'action.failed' && event.failure.kind === 'terminal') effect.outcome = 'failed';
    this.#deliver(attempt.scope, event);
  }

  #effectOf(attempt: OfflineAttempt): Performed {
    const { rendered, scope } = attempt;
    const known = this.world.performed.get(rendered.actionKey);
    if (known !== undefined) return known;
    const record = this.world.records.recordOf(scope);
    const made: Performed = {
      step: stepName(scope.run, attempt.ref),
      action: rendered.action,
      class: rendered.class,
      with: rendered.arguments,
      target: rendered.target,
      undoOf: record === null ? null : stepName(record.run, record.record.stepPath),
      outcome: 'unknown',
      attempts: 0,
      atMs: this.world.nowMs,
      actionKey: rendered.actionKey,
    };
    this.world.performed.set(rendered.actionKey, made);
    return made;
  }

  #signal(index: number): void {
    const signal = this.world.parts.signals[index];
    if (signal === undefined) return;
    if (signal.type === 'run.cancel') {
      const [root] = this.world.runs;
      const scope = root?.scopes.get('run');
      if (scope !== undefined && root?.end === null) this.#deliver(scope, cancelOf(signal.data ?? {}));
      return;
    }
    for (const { scope, event } of this.world.signals.arrive(index, signal, this.world.nowMs))
      this.world.post(scope, event);
  }

  #isOver(): boolean {
    return this.world.runs.every((run) => run.end !== null);
  }

  /** What the end of a lease began goes on without its run. */
  #isTakingBack(): boolean {
    return this.world.runs.some((run) =>
      [...run.scopes.values()].some(
        ({ given, ended }) => given.kind === 'loop' && given.parent === null && !ended,
      ),
    );
  }

  #open(): string {
    const open = this.world.runs.flatMap((run) => [...run.scopes.values()].filter((scope) => !scope.ended));
    return open.map((scope) => stepName(scope.run, scope.given.path)).join(', ');
  }
}

function cancelOf(data: JsonObject): RunEvent {
  const words = (value: Json | undefined, otherwise: string) =>
    typeof value === 'string' ? value : otherwise;
  return {
    type: 'run.cancel',
    by: words(data.by, 'a person'),
    reason: words(data.reason, ''),
    undo: data.undo === true,
  };
}
