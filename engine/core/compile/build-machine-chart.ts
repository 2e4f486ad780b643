import { type AnyStateMachine, createMachine, enqueueActions } from 'xstate';
import type { DeadlineKind, RunEvent } from '../contracts/command.ts';
import type { PlanStep } from '../contracts/plan.ts';
import type { RunContext } from '../run/context.ts';
import { type Guard, noteChange, noteGuard } from '../run/record-move.ts';
import { type Change, takeTurn } from '../run/take-turn.ts';
import type { Turn } from '../run/turn.ts';

/*
 * The words every chart is written in: nodes, transitions, and how a pure function of `core/run`
 * becomes an XState action. Its commands and entries travel as params of the one custom action
 * `order`, which nobody executes.
 */

export interface Node {
  type?: 'parallel' | 'final';
  initial?: string;
  entry?: unknown;
  exit?: unknown;
  always?: Transition[];
  on?: { [event: string]: Transition | Transition[] };
  onDone?: Transition[];
  states?: { [key: string]: Node };
}

export interface Transition {
  target?: string;
  guard?: Guard;
  actions?: unknown;
}

/** Where a step stands: the blocks whose halt stops it, innermost last; the first is its top block. */
export type Within = readonly [string, ...string[]];

export function eventName(event: RunEvent): string {
  return `${event.type} ${'ref' in event ? event.ref : 'run'}`;
}

/** Runs a pure entry function on a working copy and hands its results to XState. */
export function act(change: Change): unknown {
  return enqueueActions(({ context, enqueue }) => {
    const { context: after, order, raised } = takeTurn(change, context as RunContext);
    noteChange(change, raised);
    enqueue.assign(after as never);
    if (order !== null) enqueue({ type: 'order', params: order } as never);
    for (const type of raised) enqueue.raise({ type } as never);
  });
}

export function follow(step: Pick<PlanStep, 'path'>, word: string): Transition {
  return { target: word, guard: ({ context }) => context.steps[step.path]?.go === word };
}

export type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

export function eventOf<Type extends RunEvent['type']>(turn: Turn, type: Type): EventOf<Type> {
  const { event } = turn.context.env;
  if (event.type !== type) throw new Error(`expected ${type}, got ${event.type}`);
  return event as EventOf<Type>;
}

/** The transitions for one event of one step: run a pure function, then follow its word. */
export function on<Type extends RunEvent['type']>(
  step: Pick<PlanStep, 'path'>,
  type: Type,
  change: (turn: Turn, event: EventOf<Type>) => void,
): { [event: string]: Transition } {
  return { [`${type} ${step.path}`]: { actions: act((turn) => change(turn, eventOf(turn, type))) } };
}

export function onDeadline(
  step: PlanStep,
  change: { [kind in DeadlineKind]?: (turn: Turn, event: EventOf<'deadline.passed'>) => void },
) {
  return on(step, 'deadline.passed', (turn, event) => {
    const expected = change[event.deadline];
    if (expected !== undefined) expected(turn, event);
    // Of an attempt that a worker had long before: nobody cleared it, because nearly all are had at once.
    else turn.unexpected = event.deadline !== 'claim';
  });
}

/** A halt of any enclosing block. */
export function onHalt(
  within: readonly string[],
  change: (turn: Turn) => void,
): { [event: string]: Transition } {
  return Object.fromEntries(within.map((name) => [`halt ${name}`, { actions: act(change) }]));
}

/** The chart, made a machine whose guards leave a note of what they answered. */
export function machineFrom(chart: Node & { id: string }): AnyStateMachine {
  return createMachine(noting(chart) as never);
}

function noting(node: Node): Node {
  const { always, on, onDone, states } = node;
  return {
    ...node,
    ...(always !== undefined && { always: always.map(notingGuard) }),
    ...(onDone !== undefined && { onDone: onDone.map(notingGuard) }),
    ...(on !== undefined && { on: eachOf(on, (each) => [each].flat().map(notingGuard)) }),
    ...(states !== undefined && { states: eachOf(states, noting) }),
  };
}

function notingGuard(transition: Transition): Transition {
  const { guard } = transition;
  if (guard === undefined) return transition;
  return { ...transition, guard: (args) => noteGuard(guard, guard(args)) };
}

function eachOf<In, Out>(of: { [key: string]: In }, change: (value: In) => Out): { [key: string]: Out } {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
}
