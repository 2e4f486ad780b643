import { machineOf } from '../compile/build-machine.ts';
import { eventName } from '../compile/build-machine-chart.ts';
import type { Command, Decided, LoopOrder, RunEvent } from '../contracts/command.ts';
import type { EntryDraft } from '../contracts/entry.ts';
import { invariant } from '../contracts/invariant.ts';
import type { Plan } from '../contracts/plan.ts';
import type { ScopeGiven } from '../contracts/scope.ts';
import {
  type DecisionEnv,
  emptyContext,
  type RunGiven,
  type SaysWhatGoesOut,
  type ScopeSnapshot,
  type Snapshot,
} from './context.ts';
import { decideLoop, initialLoop, type LoopSnapshot } from './decide-loop.ts';
import { firstValueOf, moveMachine } from './move-machine.ts';
import { toPlanPath, toRuntimePath } from './scope-path.ts';

/*
 * The one decision: what a scope does about one event. Pure; wraps XState's pure transitions. It
 * refuses to know clocks, ids, databases and queues: those come in as values and go out as commands.
 * Inside, every path is the plan's; here, at the edge, it is turned into the run's and back.
 */

export interface Deciding {
  plan: Plan;
  given: RunGiven;
  scope: ScopeGiven;
  nowMs: number;
  connections: { [system: string]: string[] };
  sends?: SaysWhatGoesOut;
}

export interface Decision extends Decided<ScopeSnapshot> {
  /** The event met no node that expects it; nothing changed. */
  ignored: boolean;
  finished: boolean;
}

/** Language reference 9.16; counted per scope, since scopes share nothing. */
export const entriesMax = 10_000;

/** The snapshot of a scope that has not begun; a loop's is `initialLoop`. */
export function initialSnapshot(plan: Plan, scope: ScopeGiven): Snapshot {
  return { value: firstValueOf(machineOf(plan, scope)), context: emptyContext() };
}

/** The first snapshot of any scope; `loop` is the order of a loop. */
export function firstSnapshot(plan: Plan, scope: ScopeGiven, loop: LoopOrder | null): ScopeSnapshot {
  if (scope.kind !== 'loop') return initialSnapshot(plan, scope);
  invariant(loop !== null, `${scope.path} has the order of its loop`);
  return initialLoop(loop);
}

export function decide(deciding: Deciding, snapshot: ScopeSnapshot, event: RunEvent): Decision {
  return 'loop' in snapshot
    ? decideCounting(deciding, snapshot, event)
    : decideBody(deciding, snapshot, event);
}

function decideCounting(deciding: Deciding, snapshot: LoopSnapshot, event: RunEvent): Decision {
  return decideLoop(snapshot, event) ?? ignore(deciding, snapshot, event);
}

function decideBody(deciding: Deciding, snapshot: Snapshot, event: RunEvent): Decision {
  const { plan, given, scope, nowMs, connections, sends } = deciding;
  const here = 'ref' in event ? { ...event, ref: toPlanPath(scope, event.ref) } : event;
  const env: DecisionEnv = {
    plan,
    given,
    scope,
    nowMs,
    connections,
    ...(sends !== undefined && { sends }),
    event: here,
  };
  const moved = move(env, snapshot, eventName(here));
  if (moved === null) return ignore(deciding, snapshot, event);
  const count = moved.snapshot.context.entries;
  const exceeded = count > entriesMax && scope.kind === 'run' && snapshot.context.entries <= entriesMax;
  const stopped = exceeded ? move(env, moved.snapshot, 'entries.exceeded run') : null;
  const last = stopped ?? moved;
  return {
    snapshot: last.snapshot,
    commands: [...moved.commands, ...(stopped?.commands ?? [])].map((command) => outward(scope, command)),
    entries: [...moved.entries, ...(stopped?.entries ?? [])].map((entry) => entryOutward(scope, entry)),
    ignored: false,
    finished: last.finished,
  };
}

interface Moved {
  snapshot: Snapshot;
  commands: Command[];
  entries: EntryDraft[];
  finished: boolean;
}

/** Null: nothing expects the event. XState would answer with silence. */
function move(env: DecisionEnv, snapshot: Snapshot, name: string): Moved | null {
  const machine = machineOf(env.plan, env.scope);
  const {
    value,
    done,
    orders,
    context: after,
  } = moveMachine(machine, snapshot.value, { ...snapshot.context, env }, name);
  // Every expected event leaves an order or moves.
  if (orders.length === 0 && JSON.stringify(value) === JSON.stringify(snapshot.value)) return null;
  const entries = orders.flatMap((each) => each.entries);
  const { env: _, ...context } = after;
  return {
    snapshot: { value, context: { ...context, entries: context.entries + entries.length } },
    commands: orders.flatMap((each) => each.commands),
    entries,
    finished: done,
  };
}

function outward(scope: ScopeGiven, command: Command): Command {
  return 'ref' in command ? { ...command, ref: toRuntimePath(scope, command.ref) } : command;
}

function entryOutward(scope: ScopeGiven, entry: EntryDraft): EntryDraft {
  return entry.step === undefined ? entry : { ...entry, step: toRuntimePath(scope, entry.step) };
}

function ignore(deciding: Deciding, snapshot: ScopeSnapshot, event: RunEvent): Decision {
  const { given, plan, scope } = deciding;
  const entry: EntryDraft = {
    type: 'run.event-ignored',
    actor: { kind: 'system', id: 'engine', channel: 'engine' },
    runId: given.runId,
    playbook: { id: plan.playbook.id, version: plan.playbook.version, digest: given.digest },
    ...('ref' in event ? { step: event.ref } : scope.kind === 'run' ? {} : { step: scope.path }),
    code: 'run/unexpected-event',
    reason: `nothing waits for ${event.type}`,
  };
  return { snapshot, commands: [], entries: [entry], ignored: true, finished: false };
}
