import { type AnyStateMachine, createActor, initialTransition } from 'xstate';
import type { Json } from '../../../schemas/json.ts';
import type { Order } from '../contracts/order.ts';
import type { RunContext } from './context.ts';
import { KnownMoves, type Move } from './known-moves.ts';
import { recordMove } from './record-move.ts';

/*
 * One event, one machine: XState decides what it has not decided before, and what it has is repeated. Its own
 * transition took a fifth of a run's processor time, most of it for sets of nodes that are the same each time.
 */

type ActorScope = Parameters<AnyStateMachine['transition']>[2];

interface Walked {
  first: Json;
  scope: ActorScope;
  moves: KnownMoves;
}

const walked = new WeakMap<AnyStateMachine, Walked>();

function walkedOf(machine: AnyStateMachine): Walked {
  let known = walked.get(machine);
  if (known === undefined) {
    const [state] = initialTransition(machine);
    known = {
      first: (state as unknown as MachineState).value,
      scope: inertScope(machine),
      moves: new KnownMoves(),
    };
    walked.set(machine, known);
  }
  return known;
}

/** The state of a machine that nothing has happened to. */
export function firstValueOf(machine: AnyStateMachine): Json {
  return walkedOf(machine).first;
}

/**
 * @param value of the state it is in
 * @param name of the event; XState finds by it whoever waits for it
 */
export function moveMachine(machine: AnyStateMachine, value: Json, context: RunContext, name: string): Move {
  const { moves } = walkedOf(machine);
  const from = `${name}\n${JSON.stringify(value)}`;
  const repeated = moves.repeat(from, context);
  if (repeated !== null) return repeated;
  const { result, stops } = recordMove(() => decideByXState(machine, value, context, name));
  moves.learn(from, stops, result);
  return result;
}

/**
 * What XState's own `transition` does, with one scope per machine instead of a new actor for every call. The
 * actor is never started and no action is executed.
 */
export function decideByXState(
  machine: AnyStateMachine,
  value: Json,
  context: RunContext,
  name: string,
): Move {
  const before = machine.resolveState({ value: value as never, context });
  const orders: Order[] = [];
  const scope: ActorScope = {
    ...walkedOf(machine).scope,
    actionExecutor: (action) => {
      if (action.type === 'order') orders.push(action.params as Order);
    },
  };
  const after = machine.transition(before as never, { type: name }, scope) as unknown as MachineState;
  return { value: after.value, done: after.status === 'done', context: after.context, orders };
}

interface MachineState {
  value: Json;
  status: string;
  context: RunContext;
}

function inertScope(machine: AnyStateMachine): ActorScope {
  const self = createActor(machine);
  const nothing = (): void => undefined;
  return {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: nothing,
    defer: nothing,
    emit: nothing,
    stopChild: nothing,
    actionExecutor: nothing,
  };
}
