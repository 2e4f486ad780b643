import type { Command, DeadlineKind, RenderedAction, RunEvent } from '../../engine/core/contracts/command.ts';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import type { RunGiven, StepState } from '../../engine/core/run/context.ts';
import { everyStep } from '../../engine/core/run/list-steps.ts';
import { planPathOf, toRuntimePath } from '../../engine/core/run/scope-path.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { Chance } from './chance.ts';
import { type Played, World } from './play-world.ts';

/*
 * The world outside of one run, in an order that chance chooses: targets, people, clocks, signals and
 * called runs, with messages between scopes delivered one at a time. It knows what really happened at
 * the targets, so that a check answers truthfully. After a while it only lets things end.
 */

type Enqueued = Extract<Command, { kind: 'enqueue-attempt' }>;

interface Attempt {
  order: Enqueued;
  state: 'queued' | 'claimed';
}

interface Due {
  ref: string;
  kind: DeadlineKind;
  seq: number;
  atMs: number;
}

const ended: ReadonlySet<string> = new Set(['succeeded', 'failed', 'denied', 'cancelled', 'skipped']);
const patience = 250;
const ticksMax = 6_000;

/** What the targets and the people answer with, where a plan asks for more than nothing. */
export interface Outside {
  given: Partial<RunGiven>;
  connections: { [system: string]: string[] };
  outputs(rendered: RenderedAction, chance: Chance): JsonObject;
  childOutputs: JsonObject;
  signal(good: boolean): JsonObject;
  /** What an approver may try to write into `host_id`. */
  edited: string;
}

const bare: Outside = {
  given: { inputs: { host_id: 'H17', hosts: ['a', 'b', 'c'] } },
  connections: { edr: ['lab'], chat: ['lab'] },
  outputs: () => ({}),
  childOutputs: {},
  signal: (good) => ({ good }),
  edited: 'H18',
};

export class Schedule {
  readonly world: World;
  readonly chance: Chance;
  /** How often the target really did what an action key stands for. */
  readonly effects = new Map<string, number>();
  readonly cancelled: string[] = [];
  timedOut = false;
  ticks = 0;
  readonly #plan: Plan;
  readonly #outside: Outside;
  /** News from outside that was delivered once and may come again. */
  readonly #told: RunEvent[] = [];
  #attempts: Attempt[] = [];
  #due: Due[] = [];
  readonly #asked = new Set<string>();
  /** Said yes to, and not used yet. */
  readonly #granted = new Set<string>();
  readonly #listening = new Set<string>();
  /** Steps that a person was once asked about, because nobody knew. */
  readonly #undecided = new Set<string>();
  readonly #children = new Map<string, boolean>();
  #wantsPlace = false;
  #read = 0;

  constructor(plan: Plan, seed: number, outside = bare) {
    this.#plan = plan;
    this.#outside = outside;
    this.chance = new Chance(seed);
    const { chance } = this;
    this.world = new World(plan, {
      given: outside.given,
      connections: outside.connections,
      answers: {
        guard: ({ grant }) => {
          if (this.calm) return 'allowed';
          const yes = grant === undefined ? ('allowed' as const) : ('voided' as const);
          return chance.of('allowed', 'allowed', 'allowed', yes, 'ask', 'ask-anew', 'denied', 'held');
        },
        hold: () => chance.of('dispatch', 'dispatch', 'ask', 'retained', 'left-as-found'),
        child: chance.in(5) ? 'refused' : 'started',
        place: () => {
          const free = this.calm || chance.in(2);
          this.#wantsPlace = !free;
          return free;
        },
        revoke: (ref) => this.#revoke(ref),
      },
    });
  }

  get calm(): boolean {
    return this.ticks > patience;
  }

  get over(): boolean {
    return this.world.ended !== null && this.world.mail().length === 0;
  }

  /** Attempts that act and are still out. */
  get acting(): string[] {
    return this.#attempts.filter((each) => each.order.purpose === 'perform').map((each) => each.order.ref);
  }

  /** Questions that people can still answer, answers that nobody used, and subscriptions that still listen. */
  get open(): string[] {
    return [...this.#asked, ...this.#granted, ...this.#listening];
  }

  /** Steps that wait for something which nothing outside will ever bring. */
  get endless(): string[] {
    const running = [...this.world.scopes.values()].filter((scope) => scope.begun && scope.result === null);
    return running.flatMap(({ given, snapshot }) => {
      if (!('context' in snapshot)) return [];
      if (snapshot.value === 'regaining' && !this.#wantsPlace && !this.#isTold('place.granted'))
        return [given.path];
      return Object.entries(snapshot.context.steps).flatMap(([path, step]) => {
        const ref = toRuntimePath(given, path);
        return step.status !== 'active' || this.#endsSometime(ref, step) ? [] : [`${ref} ${step.phase}`];
      });
    });
  }

  #endsSometime(ref: string, step: StepState): boolean {
    const due = (...kinds: DeadlineKind[]) =>
      this.#isTold('deadline.passed', ref) ||
      this.#due.some((each) => each.ref === ref && kinds.includes(each.kind));
    const out = this.#attempts.some((each) => each.order.ref === ref);
    switch (step.phase) {
      case 'asking':
        return due('expiry') || this.#isTold('approval', ref);
      case 'held':
        return due('recheck');
      case 'undecided':
        return due('answer');
      case 'reconciling':
        return (
          due('deadline', 'answer') || (step.overdue && (out || due('recheck') || this.#isTold('', ref)))
        );
      case 'dispatched':
        return due('deadline') || (step.overdue && (out || this.#isTold('a', ref)));
      case 'confirming':
      case 'backing-off':
        return due('deadline') || (step.overdue && (out || due('recheck') || this.#isTold('', ref)));
      case 'waiting':
        return due('wait', 'every') || this.#isTold('signal.arrived', ref);
      case 'queueing':
        return this.#wantsPlace || this.#isTold('place.granted');
      case 'inside':
      case null:
        return true;
    }
  }

  #isTold(type: string, ref?: string): boolean {
    return this.world.undelivered.some(
      (event) => event.type.startsWith(type) && (ref === undefined || ('ref' in event && event.ref === ref)),
    );
  }

  play(look: (made: Played) => void): this {
    const begun = this.chance.in(40) ? this.#cancel() : undefined;
    if (begun === undefined) this.world.post({ type: 'run.started' });
    while (!this.over && this.ticks < ticksMax) {
      this.ticks += 1;
      this.#move();
      for (const made of this.world.decisions.slice(this.#read)) {
        this.#note(made);
      }
      for (const made of this.world.decisions.slice(this.#read)) look(made);
      this.#read = this.world.decisions.length;
    }
    return this;
  }

  #move(): void {
    const mail = this.world.mail();
    if (mail.length > 0 && (this.calm || !this.chance.in(4))) {
      this.world.deliver(this.chance.of(...mail));
      return;
    }
    const moves = this.#moves();
    if (moves.length > 0) this.chance.of(...moves)();
    else if (mail.length > 0) this.world.deliver(this.chance.of(...mail));
    this.world.nowMs += this.calm ? 0 : this.chance.of(0, 0, 1_000, 20_000);
  }

  #moves(): (() => void)[] {
    const moves: (() => void)[] = [];
    for (const attempt of this.#attempts) {
      moves.push(
        attempt.state === 'queued'
          ? () => {
              attempt.state = 'claimed';
            }
          : () => this.#report(attempt),
      );
    }
    for (const due of this.#due) {
      // Far deadlines come up when nothing else can move, or once in a while.
      const near = due.atMs <= this.world.nowMs;
      if (near || this.#attempts.length === 0 || this.chance.in(20)) moves.push(() => this.#pass(due));
    }
    for (const ref of this.#asked) moves.push(() => this.#answer(ref));
    for (const ref of this.#undecided) moves.push(() => this.#sayWhatBecame(ref));
    for (const ref of this.#listening) moves.push(() => this.#signal(ref));
    for (const [ref, cancelled] of this.#children) moves.push(() => this.#endChild(ref, cancelled));
    if (this.#wantsPlace) {
      moves.push(() => {
        this.#wantsPlace = false;
        this.world.post({ type: 'place.granted' });
      });
    }
    if (!this.calm && this.chance.in(60)) moves.push(() => this.#cancel());
    if (!this.calm && this.chance.in(10)) moves.push(() => this.#echo());
    return moves;
  }

  #tell(event: RunEvent): void {
    this.#told.push(event);
    this.world.post(event);
  }

  /** Old news about a step that has ended, or a signal that is sent once more: too late, and no news. */
  #echo(): void {
    const late = this.#told.filter(
      (event) =>
        !('ref' in event) || event.type === 'signal.arrived' || ended.has(this.world.status(event.ref)),
    );
    if (late.length > 0) this.world.post(this.chance.of(...late));
  }

  #cancel(): void {
    const undo = this.chance.in(2);
    this.cancelled.push(undo ? 'undo' : 'plain');
    this.world.post({ type: 'run.cancel', by: 'per_1', reason: 'enough', undo });
  }

  #report(attempt: Attempt): void {
    const { order } = attempt;
    this.#attempts = this.#attempts.filter((each) => each !== attempt);
    const { ref, number } = order;
    const { actionKey } = order.rendered;
    const done = () => this.effects.set(actionKey, (this.effects.get(actionKey) ?? 0) + 1);
    const failed = (kind: 'retryable' | 'terminal'): RunEvent => ({
      type: 'action.failed',
      ref,
      attempt: number,
      failure: { code: kind === 'terminal' ? 'not-found' : 'unavailable', kind, message: 'no' },
    });
    const event = (): RunEvent => {
      if (order.purpose === 'check') return this.#checked(order);
      const word = this.calm
        ? 'succeeded'
        : this.chance.of('succeeded', 'succeeded', 'retryable', 'terminal', 'unknown', 'unknown', 'accepted');
      switch (word) {
        case 'retryable':
        case 'terminal':
          return failed(word);
        case 'unknown':
          // A confirm only looks; a lost attempt may have acted.
          if (order.purpose === 'perform' && this.chance.in(2)) done();
          return { type: 'action.unknown', ref, attempt: number, message: 'lost' };
        case 'accepted':
          return { type: 'action.accepted', ref, attempt: number, handle: { id: 'm' }, pollAfterMs: 5_000 };
        default:
          done();
          return {
            type: 'action.succeeded',
            ref,
            attempt: number,
            outputs: this.#outside.outputs(order.rendered, this.chance),
            changed: this.chance.of(true, true, false, null),
          };
      }
    };
    this.#tell(event());
  }

  /** What the target shows is what happened there. */
  #checked({ ref, rendered }: Enqueued): RunEvent {
    if (!this.calm && this.chance.in(3)) return { type: 'check.unsettled', ref, message: 'no answer' };
    if ((this.effects.get(rendered.actionKey) ?? 0) > 0) {
      return { type: 'check.present', ref, outputs: this.#outside.outputs(rendered, this.chance) };
    }
    if (!this.calm && this.chance.in(4)) {
      return { type: 'check.in-transition', ref, handle: { id: 'm' }, pollAfterMs: 5_000 };
    }
    return { type: 'check.absent', ref };
  }

  #pass(due: Due): void {
    this.#due = this.#due.filter((each) => each !== due);
    this.world.nowMs = Math.max(this.world.nowMs, due.atMs);
    const { ref, kind, seq } = due;
    const claimed = this.#attempts.some((each) => each.order.ref === ref && each.state === 'claimed');
    if (kind === 'run-timeout') this.timedOut = true;
    this.#tell({ type: 'deadline.passed', ref, deadline: kind, seq, claimed });
  }

  #answer(ref: string): void {
    const approvalId = `apr_${ref}_${this.world.step(ref)?.asks}` as ApprovalId;
    const word = this.chance.of('grant', 'grant', 'deny', this.calm ? 'deny' : 'edit');
    if (word === 'edit') {
      const values = this.chance.in(2) ? { host_id: this.#outside.edited } : { other: 'x' };
      this.world.post({ type: 'approval.edited', ref, approvalId, by: 'per_2', values, comment: '' });
      return;
    }
    this.#asked.delete(ref);
    if (word === 'grant') this.#granted.add(ref);
    const executeBeforeMs = this.world.nowMs + this.chance.of(0, 300_000);
    this.#tell(
      word === 'grant'
        ? { type: 'approval.granted', ref, approvalId, by: ['per_2'], comment: '', executeBeforeMs }
        : { type: 'approval.denied', ref, approvalId, by: 'per_2', comment: '' },
    );
  }

  /** Truthful or not: people err too. One who is late is told so, like any other late news. */
  #sayWhatBecame(ref: string): void {
    const word = this.chance.of('happened' as const, 'did-not-happen' as const, 'ask' as const);
    if (word === 'ask' && this.world.step(ref)?.phase === 'undecided' && !this.calm) {
      this.#tell({ type: 'task.ask', ref, by: 'per_2' });
      return;
    }
    this.#undecided.delete(ref);
    if (word !== 'ask') this.#tell({ type: 'task.answered', ref, answer: word, by: 'per_2', proof: 'seen' });
  }

  #signal(ref: string): void {
    const signal = this.#outside.signal(this.chance.in(2));
    this.#tell({ type: 'signal.arrived', ref, signalId: 'sig_1', signal });
  }

  #endChild(ref: string, cancelled: boolean): void {
    this.#children.delete(ref);
    const state = cancelled
      ? this.chance.of('cancelled' as const, 'succeeded' as const)
      : this.chance.of('succeeded' as const, 'failed' as const, 'denied' as const, 'timed-out' as const);
    const outputs = state === 'succeeded' ? this.#outside.childOutputs : {};
    this.#tell({ type: 'child.finished', ref, runId: 'run_2', state, outputs, reason: '' });
  }

  #revoke(ref: string): boolean {
    // Orders of this very decision are not noted yet: they are queued rows all the same.
    this.#noteAttempts();
    const queued = this.#attempts.filter((each) => each.order.ref === ref && each.state === 'queued');
    this.#attempts = this.#attempts.filter((each) => !queued.includes(each));
    return queued.length > 0;
  }

  #seen = 0;

  #noteAttempts(): void {
    for (const { command } of this.world.commands.slice(this.#seen)) {
      if (command.kind === 'enqueue-attempt') this.#attempts.push({ order: command, state: 'queued' });
    }
    this.#seen = this.world.commands.length;
  }

  #note(made: Played): void {
    this.#noteAttempts();
    // A no that was heard ends the question, and with it a yes that is still on its way.
    if (made.event.type === 'approval.denied') {
      this.#asked.delete(made.event.ref);
      this.#granted.delete(made.event.ref);
    }
    for (const command of made.commands) this.#keep(command);
  }

  #keep(command: Command): void {
    switch (command.kind) {
      case 'set-deadline': {
        const { ref, deadline, seq, atMs } = command;
        this.#due.push({ ref, kind: deadline, seq, atMs });
        return;
      }
      case 'clear-deadlines':
        this.#due = this.#due.filter(
          (each) => each.ref !== command.ref || !command.deadlines.includes(each.kind),
        );
        return;
      case 'request-approval':
        this.#asked.add(command.ref);
        return;
      case 'end-approval':
        this.#asked.delete(command.ref);
        this.#granted.delete(command.ref);
        return;
      case 'open-task':
        this.#undecided.add(command.ref);
        return;
      case 'end-task':
        this.#undecided.delete(command.ref);
        return;
      case 'subscribe':
        this.#listening.add(command.ref);
        return;
      case 'unsubscribe':
        this.#listening.delete(command.ref);
        return;
      case 'start-child':
        if (command.attach && this.world.step(command.ref)?.childRunId !== null) {
          this.#children.set(command.ref, false);
        }
        return;
      case 'cancel-child':
        if (this.#children.has(command.ref)) this.#children.set(command.ref, true);
        return;
      default:
        return;
    }
  }

  /** Which steps may do their effect twice without harm: the target itself knows the key. */
  get native(): ReadonlySet<string> {
    return new Set(
      everyStep(this.#plan).flatMap((each) =>
        each.kind === 'action' && each.action.idempotent === 'native' ? [each.path] : [],
      ),
    );
  }

  isNative(ref: string): boolean {
    return this.native.has(planPathOf(ref));
  }
}
