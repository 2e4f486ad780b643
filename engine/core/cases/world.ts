import type { Signal, Decision as WrittenDecision } from '../../../schemas/cases-v1.generated.ts';
import type { Code } from '../../../schemas/codes.ts';
import type { ApprovalId, RunId } from '../../../schemas/ids.ts';
import type { DeadlineKind, RunEvent } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ScopeGiven } from '../contracts/scope.ts';
import type { RunGiven } from '../run/context.ts';
import { Agenda } from './agenda.ts';
import type { AnswerBook } from './answer-book.ts';
import { Budgets } from './budgets.ts';
import type { LoadedPlan } from './loaded-plan.ts';
import type { Observer } from './observe.ts';
import {
  type Asked,
  type OfflineAttempt,
  type OfflineRecord,
  type OfflineRun,
  type OfflineScope,
  type Performed,
  stepName,
  type TimedEntry,
} from './offline-run.ts';
import type { People } from './people.ts';
import { Signals } from './signals.ts';
import { UndoRecords } from './undo-records.ts';

/*
 * The offline world: everything that the database, the queue, the targets and the people answer
 * (decision record 0011), in memory and on the case's own clock, which jumps to whatever is due next.
 * This file holds what there is; `play-world.ts` lets it happen.
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
  | { kind: 'lease'; kept: OfflineRecord }
  | { kind: 'claim'; attempt: OfflineAttempt }
  | { kind: 'report'; attempt: OfflineAttempt; event: RunEvent }
  | { kind: 'signal'; index: number }
  | { kind: 'decision'; index: number }
  | { kind: 'decide-next'; asked: Asked }
  | { kind: 'decide-edited'; asked: Asked; index: number };

export interface Trouble {
  code: Code;
  message: string;
  /** Which decision or signal of the case it is about, for the place in the file. */
  about: { list: 'decisions' | 'signals'; index: number } | null;
}

export class World {
  readonly parts: WorldParts;
  readonly agenda = new Agenda<Happening>();
  readonly budgets: Budgets;
  readonly records = new UndoRecords();
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

  /** At once when it has ended while its record was taken up. */
  noteLease(kept: OfflineRecord): void {
    if (kept.lease === null || kept.state !== 'done') return;
    this.agenda.note(Math.max(kept.lease.untilMs, this.nowMs), { kind: 'lease', kept });
  }

  /** A message: delivered after everything that is being decided now. */
  post(scope: OfflineScope, event: RunEvent): void {
    this.#inbox.push({ scope, event });
  }

  fail(trouble: Trouble): void {
    this.troubles.push(trouble);
  }

  /** The oldest message that nobody has been told yet. */
  takeMessage(): { scope: OfflineScope; event: RunEvent } | null {
    const message = this.#inbox[this.#inboxRead];
    if (message === undefined) return null;
    this.#inboxRead += 1;
    if (this.#inboxRead > 1_000) {
      this.#inbox = this.#inbox.slice(this.#inboxRead);
      this.#inboxRead = 0;
    }
    return message;
  }
}

const runScope: ScopeGiven = { path: 'run', kind: 'run', body: 'run', parent: null, frame: null, item: null };
