import { enqueueActions } from 'xstate';
import type { Command, DeadlineKind, RunEvent } from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import type { PlanStep } from '../contracts/plan.ts';
import type { RunContext } from '../run/context.ts';
import { openTurn, type Turn } from '../run/turn.ts';

/*
 * The words every chart is written in: nodes, transitions, and how a pure function of `core/run`
 * becomes an XState action. Its commands and entries travel as params of the one custom action
 * `order`, which nobody executes.
 */

export interface Order {
  commands: Command[];
  entries: EntryDraft[];
}

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
  guard?: (args: { context: RunContext }) => boolean;
  actions?: unknown;
}

/** Where a step stands: the blocks whose halt stops it, innermost last; the first is its top block. */
export type Within = readonly [string, ...string[]];

export function eventName(event: RunEvent): string {
  return `${event.type} ${'ref' in event ? event.ref : 'run'}`;
}

/** Runs a pure entry function on a working copy and hands its results to XState. */
export function act(change: (turn: Turn) => void): unknown {
  return enqueueActions(({ context, enqueue }) => {
    const turn = openTurn(context as RunContext);
    change(turn);
    enqueue.assign(turn.context as never);
    // Also when there is nothing to order: that an order came says that the event was expected.
    if (!turn.unexpected) {
      const params: Order = { commands: turn.commands, entries: turn.entries };
      enqueue({ type: 'order', params } as never);
    }
    for (const name of turn.haltedNow) enqueue.raise({ type: `halt ${name}` } as never);
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
    if (expected === undefined) turn.unexpected = true;
    else expected(turn, event);
  });
}

/** A halt of any enclosing block. */
export function onHalt(
  within: readonly string[],
  change: (turn: Turn) => void,
): { [event: string]: Transition } {
  return Object.fromEntries(within.map((name) => [`halt ${name}`, { actions: act(change) }]));
}
