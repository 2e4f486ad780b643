import type { Signal, Decision as WrittenDecision } from '../../../schemas/cases-v1.generated.ts';
import type { Code } from '../../../schemas/codes.ts';
import type { ApprovalId, RunId } from '../../../schemas/ids.ts';
import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { DeadlineKind, RunEvent } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ScopeGiven } from '../contracts/scope.ts';
import type { RunGiven } from '../run/context.ts';
import { Agenda } from './agenda.ts';
import type { AnswerBook } from './answer-book.ts';
import { Budgets } from './budgets.ts';
import { Holds } from './holds.ts';
import type { LoadedPlan } from './loaded-plan.ts';
import { moveScope } from './move-scope.ts';
import { obey } from './obey-command.ts';
import type { Observer } from './observe.ts';
import {
  type Asked,
  type OfflineAttempt,
  type OfflineRun,
  type OfflineScope,
  type Performed,
  stepName,
  type TimedEntry,
} from './offline-run.ts';
import type { People } from './people.ts';
import { decideAsked, nextDecision } from './settle-asked.ts';
import { Signals } from './signals.ts';

/*
 * The offline world: everything that the database, the queue, the targets and the people answer
 * (decision record 0011), in memory and on the case's own clock, which jumps to whatever is due next.
 * What a run does is decided by `core/run/decide.ts`, here as everywhere; this file only carries
 * events to scopes and orders to whoever obeys them.
 */

export interface WorldParts {
  startMs: number;
  answers: AnswerBook;
  people: People;
  /** Called playbooks by id; the digest is the plan's that calls them. */
  children: { [playbookId: string]: LoadedPlan };
  used: { [guardId: string]: number };
  decisions: readonly WrittenDecision[];
  signals: readonly Signal[];
  connections: { [system: string]: string[] };
  observer: Observer;
}

export type Happening =
  | { kind: 'deadline'; scope: OfflineScope; ref: string; deadline: DeadlineKind; seq: number }
  | { kind: 'claim'; attempt: OfflineAttempt }
  | { kind: 'report'; attempt: OfflineAttempt; event: RunEvent }
  | { kind: 'signal'; index: number }
  | { kind: 'decision'; index: number }
  | { kind: 'decide-next'; asked: Asked };

export interface Trouble {
  code: Code;
  message: string;
  /** Which decision or signal of the case it is about, for the place in the file. */
  about: { list: 'decisions' | 'signals'; index: number } | null;
}

/** Events of one case: a playbook that needs more of them than this does not end. */
const eventsMax = 100_000;

export class World {
  readonly parts: WorldParts;
  readonly agenda = new Agenda<Happening>();
  readonly budgets: Budgets;
  readonly holds = new Holds();
  readonly signals: Signals;
  readonly entries: TimedEntry[] = [];
  readonly performed = new Map<string, Performed>();
  readonly asked: Asked[] = [];
  /** Queued or out; those that are over are forgotten. */
  readonly attempts = new Set<OfflineAttempt>();
  readonly runs: OfflineRun[] = [];
  readonly troubles: Trouble[] = [];
  readonly usedDecisions = new Set<number>();
  nowMs: number;
  #inbox: { scope: OfflineScope; event: RunEvent }[] = [];
  #inboxRead = 0;
  #events = 0;
  #plans = new Map<OfflineRun, LoadedPlan>();

  constructor(parts: WorldParts) {
    this.parts = parts;
    this.nowMs = parts.startMs;
    this.budgets = new Budgets(parts.used);
    this.signals = new Signals();
  }

  openRun(loaded: LoadedPlan, given: RunGiven, caller: OfflineRun['caller']): OfflineRun {
    const prefix = caller === null ? '' : `${stepName(caller.run, caller.ref)}/`;
    const run: OfflineRun = {
      given,
      plan: loaded.plan,
      digest: loaded.digest,
      caller,
      prefix,
      scopes: new Map(),
      end: null,
    };
    this.#plans.set(run, loaded);
    this.runs.push(run);
    const scope = this.openScope(run, runScope);
    this.post(scope, { type: 'run.started' });
    return run;
  }

  openScope(run: OfflineRun, given: ScopeGiven, loop: OfflineScope['loop'] = null): OfflineScope {
    const scope: OfflineScope = {
      run,
      given,
      loop,
      snapshot: null,
      begun: false,
      ended: false,
      result: null,
    };
    invariant(!run.scopes.has(given.path), `the scope ${given.path} is opened once`);
    run.scopes.set(given.path, scope);
    return scope;
  }

  planOf(run: OfflineRun): LoadedPlan {
    const loaded = this.#plans.get(run);
    invariant(loaded !== undefined, 'every run has a plan');
    return loaded;
  }

  nextRunId(): RunId {
    return `run_case${this.runs.length + 1}` as RunId;
  }

  nextApprovalId(): ApprovalId {
    return `apr_case${this.asked.length + 1}` as ApprovalId;
  }

  /** A message: delivered after everything that is being decided now. */
  post(scope: OfflineScope, event: RunEvent): void {
    this.#inbox.push({ scope, event });
  }

  fail(trouble: Trouble): void {
    this.troubles.push(trouble);
  }

  /** Plays until every run has ended, or until something happens that the case did not foresee. */
  play(): void {
    for (const [index, signal] of this.parts.signals.entries()) {
      this.agenda.note(this.parts.startMs + this.signals.offsetOf(signal), { kind: 'signal', index });
    }
    for (const [index, decision] of this.parts.decisions.entries()) {
      if (decision.at !== undefined) {
        this.agenda.note(this.parts.startMs + this.signals.offsetOf({ at: decision.at }), {
          kind: 'decision',
          index,
        });
      }
    }
    while (this.troubles.length === 0) {
      const message = this.#inbox[this.#inboxRead];
      if (message !== undefined) {
        this.#inboxRead += 1;
        if (this.#inboxRead > 1_000) {
          this.#inbox = this.#inbox.slice(this.#inboxRead);
          this.#inboxRead = 0;
        }
        this.deliver(message.scope, message.event);
        continue;
      }
      if (this.runs.every((run) => run.end !== null)) return;
      const due = this.agenda.take();
      if (due === null) {
        this.fail({
          code: 'case/endless',
          about: null,
          message: `the run waits for something that never comes: ${this.#open()}`,
        });
        return;
      }
      this.nowMs = Math.max(this.nowMs, due.atMs);
      this.#happen(due.thing);
    }
  }

  /** Decides about one event and everything that it asks of the world at once. */
  deliver(scope: OfflineScope, event: RunEvent): void {
    const queue = [event];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      this.#events += 1;
      if (this.#events > eventsMax) {
        this.fail({ code: 'case/endless', about: null, message: `more than ${eventsMax} events` });
        return;
      }
      const decision = moveScope(this.planOf(scope.run), scope, next, this.nowMs, this.parts.connections);
      const before = scope.snapshot;
      scope.snapshot = decision.snapshot;
      for (const entry of decision.entries) this.entries.push({ atMs: this.nowMs, run: scope.run, entry });
      this.parts.observer.moved(scope, before, decision.snapshot);
      for (const command of decision.commands) {
        const answers = obey(this, scope, command);
        this.parts.observer.obeyed(scope, command, answers);
        queue.push(...answers);
      }
    }
  }

  #happen(thing: Happening): void {
    switch (thing.kind) {
      case 'deadline': {
        const { scope, ref, deadline, seq } = thing;
        const claimed = [...this.attempts].some(
          (each) => each.scope === scope && each.ref === ref && each.state === 'out',
        );
        this.deliver(scope, { type: 'deadline.passed', ref, deadline, seq, claimed });
        return;
      }
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
        decideAsked(this, thing.index);
        return;
      case 'decide-next':
        nextDecision(this, thing.asked);
        return;
    }
  }

  #claim(attempt: OfflineAttempt): void {
    if (attempt.state !== 'queued') return;
    attempt.state = 'out';
    const effect = this.#effectOf(attempt);
    if (attempt.purpose === 'perform') effect.attempts += 1;
    const answered = this.parts.answers.answer(attempt);
    if (!answered.ok) {
      this.fail({ code: 'case/unexpected-action', about: null, message: answered.message });
      return;
    }
    const { afterMs, event } = answered.answer;
    this.agenda.note(this.nowMs + afterMs, { kind: 'report', attempt, event });
  }

  #report(attempt: OfflineAttempt, event: RunEvent): void {
    attempt.state = 'over';
    this.attempts.delete(attempt);
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
    this.deliver(attempt.scope, event);
  }

  #effectOf(attempt: OfflineAttempt): Performed {
    const { rendered, scope } = attempt;
    const known = this.performed.get(rendered.actionKey);
    if (known !== undefined) return known;
    const record = this.holds.recordOf(scope);
    const made: Performed = {
      step: stepName(scope.run, attempt.ref),
      action: rendered.action,
      class: rendered.class,
      with: rendered.arguments,
      target: rendered.target,
      undoOf: record === null ? null : stepName(record.run, record.record.stepPath),
      outcome: 'unknown',
      attempts: 0,
      atMs: this.nowMs,
      actionKey: rendered.actionKey,
    };
    this.performed.set(rendered.actionKey, made);
    return made;
  }

  #signal(index: number): void {
    const signal = this.parts.signals[index];
    if (signal === undefined) return;
    if (signal.type === 'run.cancel') {
      const [root] = this.runs;
      const scope = root?.scopes.get('run');
      if (scope !== undefined && root?.end === null) this.deliver(scope, cancelOf(signal.data ?? {}));
      return;
    }
    for (const { scope, event } of this.signals.arrive(index, signal, this.nowMs)) this.post(scope, event);
  }

  #open(): string {
    const open = this.runs.flatMap((run) => [...run.scopes.values()].filter((scope) => !scope.ended));
    return open.map((scope) => stepName(scope.run, scope.given.path)).join(', ');
  }
}

const runScope: ScopeGiven = { path: 'run', kind: 'run', body: 'run', parent: null, frame: null, item: null };

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
