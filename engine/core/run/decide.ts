import { type AnyStateMachine, initialTransition, transition } from 'xstate';
import type { Json } from '../../../schemas/json.ts';
import { eventName, type Order } from '../compile/build-machine.ts';
import type { Decided, RunEvent } from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import type { Plan } from '../contracts/plan.ts';
import { type DecisionEnv, emptyContext, type RunContext, type RunGiven, type Snapshot } from './context.ts';

/*
 * The one decision: what a run does about one event. Pure; wraps XState's pure transitions. It
 * refuses to know clocks, ids, databases and queues: those come in as values and go out as commands.
 */

export interface Deciding {
  plan: Plan;
  machine: AnyStateMachine;
  given: RunGiven;
  nowMs: number;
  connections: { [system: string]: string[] };
}

export interface Decision extends Decided<Snapshot> {
  /** The event met no node that expects it; nothing changed. */
  ignored: boolean;
  finished: boolean;
}

/** The snapshot of a run that has not begun. */
export function initialSnapshot(machine: AnyStateMachine): Snapshot {
  const [state] = initialTransition(machine);
  return { value: (state as unknown as MachineState).value, context: emptyContext() };
}

export function decide(deciding: Deciding, snapshot: Snapshot, event: RunEvent): Decision {
  const { plan, machine, given, nowMs, connections } = deciding;
  const env: DecisionEnv = { plan, given, nowMs, connections, event };
  const before = machine.resolveState({
    value: snapshot.value as never,
    context: { ...snapshot.context, env },
  });
  const [after, actions] = transition(machine, before, { type: eventName(event) });
  const state = after as unknown as MachineState;
  const orders = (actions as unknown as { type: string; params?: unknown }[]).filter(
    (each) => each.type === 'order',
  );
  const commands = orders.flatMap((each) => (each.params as Order).commands);
  const entries = orders.flatMap((each) => (each.params as Order).entries);
  // XState answers an unexpected event with silence. Every expected one leaves an order or moves.
  const moved = orders.length > 0 || JSON.stringify(state.value) !== JSON.stringify(snapshot.value);
  if (!moved) return { snapshot, commands: [], entries: [ignoredEntry(env)], ignored: true, finished: false };
  const { env: _, ...context } = state.context;
  return {
    snapshot: { value: state.value, context },
    commands,
    entries,
    ignored: false,
    finished: state.status === 'done',
  };
}

interface MachineState {
  value: Json;
  context: RunContext;
  status: string;
}

function ignoredEntry(env: DecisionEnv): EntryDraft {
  const { event, given, plan } = env;
  return {
    type: 'run.event-ignored',
    actor: { kind: 'system', id: 'engine', channel: 'engine' },
    runId: given.runId,
    playbook: { id: plan.playbook.id, version: plan.playbook.version, digest: given.digest },
    ...('ref' in event ? { step: event.ref } : {}),
    code: 'run/unexpected-event',
    reason: `nothing waits for ${event.type}`,
  };
}
