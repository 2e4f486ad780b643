import { type AnyStateMachine, createMachine, enqueueActions } from 'xstate';
import type { Command, DeadlineKind, RunEvent } from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import type { ActionStep, ApprovalStep, Plan, PlanStep } from '../contracts/plan.ts';
import * as action from '../run/action-step.ts';
import * as asking from '../run/ask-step.ts';
import * as block from '../run/block-step.ts';
import { emptyStep, type RunContext } from '../run/context.ts';
import * as ending from '../run/end-run.ts';
import { openGate, passGate } from '../run/gate-step.ts';
import { testStep } from '../run/test-step.ts';
import { isHalted, openTurn, stepOf, type Turn, updateStep } from '../run/turn.ts';

/*
 * Plan → statechart. The chart only says what may follow what; every decision is a pure function of
 * `core/run`, called as an entry function, and leaves a word (`go`) that an eventless transition
 * follows. Commands and entries travel as params of the one custom action `order`, which nobody
 * executes. There are no delays: XState's `after` fires at once when it cannot be resolved, so
 * deadlines are rows and come back as `deadline.passed`.
 *
 * Events are named `<type> <step path>`, so that XState itself finds the step.
 */

export interface Order {
  commands: Command[];
  entries: EntryDraft[];
}

interface Node {
  type?: 'parallel' | 'final';
  initial?: string;
  entry?: unknown;
  exit?: unknown;
  always?: Transition[];
  on?: { [event: string]: Transition | Transition[] };
  onDone?: Transition[];
  states?: { [key: string]: Node };
}

interface Transition {
  target?: string;
  guard?: (args: { context: RunContext }) => boolean;
  actions?: unknown;
}

/** Where a step stands: the blocks whose halt stops it, innermost last; the first is its top block. */
type Within = readonly [string, ...string[]];

export function eventName(event: RunEvent): string {
  return `${event.type} ${'ref' in event ? event.ref : 'run'}`;
}

export function buildMachine(plan: Plan): AnyStateMachine {
  const root: Node & { id: string } = {
    id: 'run',
    initial: 'created',
    states: {
      created: {
        on: {
          'run.started run': { target: 'beginning' },
          'run.cancel run': {
            target: 'closing',
            actions: act((turn) => ending.cancelRun(turn, cancelEvent(turn))),
          },
        },
      },
      beginning: { entry: act(ending.beginRun), always: [{ target: 'main' }] },
      main: {
        ...sequence(plan.steps, ['main']),
        on: {
          'run.cancel run': { actions: act((turn) => ending.cancelRun(turn, cancelEvent(turn))) },
          'deadline.passed run': { actions: act(ending.timeRunOut) },
        },
        onDone: [{ target: 'settled' }],
      },
      settled: {
        entry: act(ending.settleMain),
        always: [
          { target: 'onFailure', guard: ({ context }) => ending.runsOnFailure(context.ending?.outcome) },
          { target: 'finally' },
        ],
      },
      onFailure: { ...sequence(plan.onFailure, ['on_failure']), onDone: [{ target: 'finally' }] },
      finally: { ...sequence(plan.finally, ['finally']), onDone: [{ target: 'closing' }] },
      closing: { entry: act(ending.finishRun), type: 'final' },
    },
  };
  return createMachine(root as never);
}

function cancelEvent(turn: Turn): Extract<RunEvent, { type: 'run.cancel' }> {
  return eventOf(turn, 'run.cancel');
}

/** Runs a pure entry function on a working copy and hands its results to XState. */
function act(change: (turn: Turn) => void): unknown {
  return enqueueActions(({ context, enqueue }) => {
    const turn = openTurn(context as RunContext);
    change(turn);
    enqueue.assign(turn.context as never);
    if (turn.commands.length > 0 || turn.entries.length > 0) {
      const params: Order = { commands: turn.commands, entries: turn.entries };
      enqueue({ type: 'order', params } as never);
    }
    for (const name of turn.haltedNow) enqueue.raise({ type: `halt ${name}` } as never);
  });
}

function sequence(steps: readonly PlanStep[], within: Within): Node {
  const states: { [key: string]: Node } = {};
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    states[`s${index}`] = {
      ...handled(step, within),
      onDone: last
        ? [{ target: 'done' }]
        : [
            { target: `s${index + 1}`, guard: ({ context }) => block.mayGoOn(context, step, within) },
            { target: 'done' },
          ],
    };
  }
  states.done = { type: 'final' };
  return { initial: steps.length === 0 ? 'done' : 's0', states };
}

/** A step with its `on_error`. */
function handled(step: PlanStep, within: Within): Node {
  const failed = ({ context }: { context: RunContext }) =>
    (context.steps[step.path] ?? emptyStep).status === 'failed' && !isHalted(context, within);
  return {
    initial: 'body',
    states: {
      body: { ...body(step, within), onDone: [{ target: 'handler', guard: failed }, { target: 'end' }] },
      handler: {
        ...sequence(step.onError.steps, within),
        onDone: [{ target: 'left' }],
      },
      left: { entry: act((turn) => block.leaveHandler(turn, step)), always: [{ target: 'end' }] },
      end: { type: 'final' },
    },
  };
}

function body(step: PlanStep, within: Within): Node {
  const test: Node = {
    entry: act((turn) => testStep(turn, step, within)),
    always: [follow(step, 'end'), { target: first(step) }],
  };
  return { initial: 'test', states: { test, ...inside(step, within), end: { type: 'final' } } };
}

function first(step: PlanStep): string {
  return step.kind === 'action' ? 'render' : 'body';
}

function inside(step: PlanStep, within: Within): { [key: string]: Node } {
  switch (step.kind) {
    case 'action':
      return actionNodes(step, within);
    case 'approval':
      return gateNodes(step, within);
    case 'set':
      return { body: { entry: act((turn) => block.setValues(turn, step)), always: [{ target: 'end' }] } };
    case 'stop':
      return {
        body: { entry: act((turn) => block.stopRun(turn, step, within[0])), always: [{ target: 'end' }] },
      };
    case 'if':
      return {
        body: {
          entry: act((turn) => block.chooseIfBranch(turn, step)),
          always: [follow(step, 'end'), follow(step, 'then'), follow(step, 'else')].slice(
            0,
            step.else === null ? 2 : 3,
          ),
        },
        then: closing(step, step.then, within),
        ...(step.else === null ? {} : { else: closing(step, step.else, within) }),
        close: { always: [{ target: 'end' }] },
      };
    case 'switch': {
      const cases = step.cases.map(
        (each, index) => [`case${index}`, closing(step, each.steps, within)] as const,
      );
      const rest = step.default === null ? [] : [['default', closing(step, step.default, within)] as const];
      return {
        body: {
          entry: act((turn) => block.chooseCase(turn, step)),
          always: [follow(step, 'end'), ...[...cases, ...rest].map(([key]) => follow(step, key))],
        },
        ...Object.fromEntries([...cases, ...rest]),
        close: { always: [{ target: 'end' }] },
      };
    }
    case 'parallel': {
      const inner: Within = [...within, step.path];
      const regions = step.branches.map((branch, index) => {
        const region = sequence(branch.steps, inner);
        const done: Node = {
          type: 'final',
          entry: act((turn) => block.closeBranch(turn, step, branch.name, branch.steps)),
        };
        return [`b${index}`, { ...region, states: { ...region.states, done } }] as const;
      });
      return {
        body: { type: 'parallel', states: Object.fromEntries(regions), onDone: [{ target: 'join' }] },
        join: { entry: act((turn) => block.joinBranches(turn, step, within)), always: [{ target: 'end' }] },
      };
    }
  }
}

/** A nested block whose end is the step's end. */
function closing(step: PlanStep, steps: readonly PlanStep[], within: Within): Node {
  return {
    ...sequence(steps, within),
    onDone: [{ target: 'close', actions: act((turn) => block.closeBlock(turn, step, steps, within)) }],
  };
}

function follow(step: PlanStep, word: string): Transition {
  return { target: word, guard: ({ context }) => context.steps[step.path]?.go === word };
}

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

function eventOf<Type extends RunEvent['type']>(turn: Turn, type: Type): EventOf<Type> {
  const { event } = turn.context.env;
  if (event.type !== type) throw new Error(`expected ${type}, got ${event.type}`);
  return event as EventOf<Type>;
}

/** The transitions for one event of one step: run a pure function, then follow its word. */
function on<Type extends RunEvent['type']>(
  step: PlanStep,
  type: Type,
  change: (turn: Turn, event: EventOf<Type>) => void,
): { [event: string]: Transition } {
  return { [`${type} ${step.path}`]: { actions: act((turn) => change(turn, eventOf(turn, type))) } };
}

function onDeadline(
  step: PlanStep,
  change: { [kind in DeadlineKind]?: (turn: Turn, event: EventOf<'deadline.passed'>) => void },
) {
  return on(step, 'deadline.passed', (turn, event) => change[event.deadline]?.(turn, event));
}

/** A halt of any enclosing block. */
function onHalt(within: Within, change: (turn: Turn) => void): { [event: string]: Transition } {
  return Object.fromEntries(within.map((name) => [`halt ${name}`, { actions: act(change) }]));
}

function actionNodes(step: ActionStep, within: Within): { [key: string]: Node } {
  const ways = [
    'end',
    'guard',
    'asking',
    'recheck',
    'dispatch',
    'confirming',
    'reconcile',
    'backoff',
    'held',
  ];
  const always = ways.map((word) => follow(step, word));
  const go = (turn: Turn, word: string) => void updateStep(turn, step.path, { go: word });
  const settle = (turn: Turn, event: EventOf<'action.failed'>) =>
    action.settleFailure(turn, step, event.failure);
  const guardEvents = {
    ...on(step, 'guard.allowed', (turn) => letThrough(turn, false)),
    ...on(step, 'guard.ask', (turn) => letThrough(turn, true)),
    ...on(step, 'guard.denied', (turn, event) => action.denyByGuard(turn, step, event, within[0])),
    ...on(step, 'guard.held', (turn, event) => {
      if (isHalted(turn.context, within)) return action.cancelBeforeEffect(turn, step);
      action.holdStep(turn, step, event);
      go(turn, 'held');
    }),
  };
  const letThrough = (turn: Turn, demanded: boolean) => {
    // A sibling may have halted the block while the guard was asked.
    if (isHalted(turn.context, within)) return action.cancelBeforeEffect(turn, step);
    const state = stepOf(turn, step.path);
    if (state.approved || (state.attempts > 0 && !demanded)) go(turn, 'dispatch');
    else asking.afterGuard(turn, step, demanded);
  };
  return {
    render: {
      entry: act((turn) => action.renderStep(turn, step)),
      always: [follow(step, 'end'), follow(step, 'guard')],
    },
    guard: {
      entry: act((turn) =>
        action.checkGuards(turn, step, stepOf(turn, step.path).approved ? 'dispatch' : 'ask'),
      ),
      always,
      on: guardEvents,
    },
    held: {
      entry: act((turn) => go(turn, '')),
      always,
      on: {
        ...onDeadline(step, {
          recheck: (turn) => go(turn, 'recheck'),
          deadline: (turn) => action.failUndispatched(turn, step),
        }),
        ...onHalt(within, (turn) => action.cancelBeforeEffect(turn, step)),
      },
    },
    asking: {
      entry: act((turn) => asking.askAboutAction(turn, step)),
      always,
      on: {
        ...on(step, 'approval.granted', (turn, event) => {
          asking.grant(turn, step, event);
          go(turn, 'recheck');
        }),
        ...on(step, 'approval.denied', (turn, event) => asking.denyByPerson(turn, step, event, within[0])),
        ...onDeadline(step, {
          expiry: (turn) => asking.expire(turn, step, within[0]),
          escalation: (turn, event) => asking.escalate(turn, step, event.seq),
        }),
        ...onHalt(within, (turn) => asking.cancelAsking(turn, step)),
      },
    },
    recheck: { entry: act((turn) => asking.recheck(turn, step)), always },
    dispatch: {
      entry: act((turn) => {
        asking.consumeApproval(turn, step);
        action.dispatchStep(turn, step);
      }),
      always,
      on: {
        ...on(step, 'action.succeeded', (turn, event) =>
          action.succeed(turn, step, event.outputs, event.changed),
        ),
        ...on(step, 'action.accepted', (turn, event) => action.accept(turn, step, event)),
        ...on(step, 'action.failed', settle),
        ...on(step, 'action.unknown', (turn, event) => action.beginReconcile(turn, step, event.message)),
        ...on(step, 'attempt.revoked', (turn) => action.leaveRevoked(turn, step)),
        ...onDeadline(step, { deadline: (turn, event) => action.passDeadline(turn, step, event.claimed) }),
        ...onHalt(within, (turn) => void turn.commands.push({ kind: 'revoke-attempt', ref: step.path })),
      },
    },
    confirming: {
      entry: act((turn) => go(turn, '')),
      always,
      on: {
        ...on(step, 'action.succeeded', (turn, event) =>
          action.succeed(turn, step, event.outputs, event.changed),
        ),
        ...on(step, 'action.accepted', (turn, event) => action.accept(turn, step, event)),
        ...on(step, 'action.failed', (turn, event) => {
          if (action.isReadingFailure(event.failure))
            action.pollAgain(turn, step, event.failure.retryAfterMs ?? 0);
          else settle(turn, event);
        }),
        ...on(step, 'action.unknown', (turn) => action.pollAgain(turn, step, 0)),
        ...onDeadline(step, {
          poll: (turn) => action.poll(turn, step),
          deadline: (turn) => action.failOverdue(turn, step, 'action/unconfirmed', action.unconfirmedMessage),
        }),
      },
    },
    reconcile: {
      entry: act((turn) => go(turn, '')),
      always,
      on: {
        ...on(step, 'check.present', (turn, event) => action.reconciledPresent(turn, step, event)),
        ...on(step, 'check.absent', (turn) => action.reconciledAbsent(turn, step)),
        ...on(step, 'check.in-transition', (turn, event) => action.accept(turn, step, event)),
        ...on(step, 'check.unsettled', (turn, event) => action.checkAgain(turn, step, event.message)),
        ...on(step, 'action.unknown', (turn, event) => action.checkAgain(turn, step, event.message)),
        ...on(step, 'action.failed', (turn, event) => action.checkAgain(turn, step, event.failure.message)),
        ...onDeadline(step, {
          recheck: (turn) => action.checkTarget(turn, step),
          deadline: (turn) => {
            const { code, message } = action.unknownFailure('the target gave no answer before the deadline');
            action.failOverdue(turn, step, code, message);
          },
        }),
      },
    },
    backoff: {
      entry: act((turn) => {
        // The halt came while the attempt was out: its outcome was awaited, another one is not made.
        if (isHalted(turn.context, within)) action.cancelBeforeEffect(turn, step);
        else go(turn, '');
      }),
      always,
      on: {
        ...onDeadline(step, {
          delay: (turn) => go(turn, 'recheck'),
          deadline: (turn) => {
            const last = stepOf(turn, step.path).lastFailure;
            action.failOverdue(
              turn,
              step,
              last?.code ?? 'action/deadline',
              last?.message ?? 'no time left for another attempt',
            );
          },
        }),
        ...onHalt(within, (turn) => action.cancelBeforeEffect(turn, step)),
      },
    },
  };
}

function gateNodes(step: ApprovalStep, within: Within): { [key: string]: Node } {
  const always = [follow(step, 'end')];
  return {
    body: {
      entry: act((turn) => openGate(turn, step)),
      always,
      on: {
        ...on(step, 'approval.granted', (turn, event) => {
          asking.grant(turn, step, event);
          passGate(turn, step);
        }),
        ...on(step, 'approval.denied', (turn, event) => asking.denyByPerson(turn, step, event, within[0])),
        ...onDeadline(step, {
          expiry: (turn) => asking.expire(turn, step, within[0]),
          escalation: (turn, event) => asking.escalate(turn, step, event.seq),
        }),
        ...onHalt(within, (turn) => asking.cancelAsking(turn, step)),
      },
    },
  };
}
